"""Which epoch it is, told to the batches."""

import keras

from keras_solo.data.batches import Batches


class SetBatchesEpoch(keras.callbacks.Callback):
    """Sets `batches.epoch` when an epoch begins.

    Batches count their epochs by themselves. A training that goes on, with
    `fit(initial_epoch=...)` or from a backup, begins with a later one: order
    and augmentation are then those of that epoch.

    Args:
        batches: What `fit` trains on.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> from keras_solo.geometry import Letterbox
    >>> batches = ShapesDataset(4).batches(Letterbox((128, 128)), 2)
    >>> SetBatchesEpoch(batches).on_epoch_begin(5)
    >>> batches.epoch
    5
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self.batches.epoch = epoch
