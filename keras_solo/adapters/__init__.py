"""Other people's words for what is here.

`batches` are known as `tf_data` and `grain` to those who have their input
pipelines there; `epoch_range` counts their batches through the epochs.
"""

from keras_solo.adapters.grain import to_grain
from keras_solo.adapters.tf_data import to_tf_data

__all__ = ["to_grain", "to_tf_data"]
