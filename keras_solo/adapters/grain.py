"""Batches as a `grain.MapDataset`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_solo.adapters.epoch_range import EpochRange
from keras_solo.data.batch_maker import Batch
from keras_solo.data.batches import Batches

if TYPE_CHECKING:
    import grain


def to_grain(
    batches: Batches,
    epochs: int | None = None,
    initial_epoch: int | None = None,
) -> grain.MapDataset[Batch]:
    """The same batches, bit for bit and in the same order, from Grain.

    Element n is made of its number alone: batch `n % len(batches)` of epoch
    `initial_epoch + n // len(batches)`. So a checkpoint of Grain's iterator
    goes on with the right batch, and Grain's threads and processes may make
    them:

    ```python
    data = to_grain(batches, epochs=12)
    data = data.to_iter_dataset(grain.ReadOptions(num_threads=4))
    steps = len(batches)
    model.fit(data, epochs=12, steps_per_epoch=steps, shuffle=False)
    ```

    `shard`, `aspect_groups` and `on_error` are those of the batches. What a
    process of Grain's skips is warned of there; `batches.skipped` of this
    process does not have it.

    Args:
        batches: `dataset.batches(...)`; their epoch stays.
        epochs: The epoch to end with, as in `fit`; one epoch by default.
        initial_epoch: The first epoch, as in `fit`; that of `batches` by
            default.

    Returns:
        A `grain.MapDataset` of (images, targets), which Keras takes on every
        backend.

    Raises:
        ImportError: If Grain is not installed.
        ValueError: If there is no epoch from `initial_epoch` to `epochs`.
    """
    try:
        import grain
    except ImportError as error:
        raise ImportError(
            'to_grain needs the package grain: pip install "keras-solo[grain]"'
        ) from error
    epochs_of = EpochRange.of(batches, epochs, initial_epoch)
    return grain.MapDataset.range(len(epochs_of)).map(epochs_of)
