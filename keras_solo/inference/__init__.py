"""More than one small picture: tiles of large images, video, several views.

All of it stands on the stream of images in `models`, and gives `Instances`.
"""

from keras_solo.inference.segment_tiled import segment_tiled
from keras_solo.inference.segment_tta import segment_tta
from keras_solo.inference.tiled_stream import tiled_stream
from keras_solo.inference.tiling import Tiling
from keras_solo.inference.tta import TTA
from keras_solo.inference.tta_stream import tta_stream

__all__ = [
    "TTA",
    "Tiling",
    "segment_tiled",
    "segment_tta",
    "tiled_stream",
    "tta_stream",
]
