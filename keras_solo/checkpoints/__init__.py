"""Other people's weights: read without trust, and written for them."""

from keras_solo.checkpoints.mmdet import read_mmdet
from keras_solo.checkpoints.mmdet_config import ForeignWeightsError
from keras_solo.checkpoints.torch_file import TorchFileError, read_torch_file

__all__ = [
    "ForeignWeightsError",
    "TorchFileError",
    "read_mmdet",
    "read_torch_file",
]
