"""Batches as a `tf.data.Dataset`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_solo._backend.tf_data import dataset_of
from keras_solo._tensor import Shape, Tensor
from keras_solo.adapters.epoch_range import EpochRange
from keras_solo.data.batches import Batches

TARGETS = ("masks", "labels", "boxes", "centers")


def to_tf_data(
    batches: Batches,
    epochs: int | None = None,
    initial_epoch: int | None = None,
    workers: int = 2,
) -> Tensor:
    """The same batches, bit for bit and in the same order, from `tf.data`.

    One pass is all epochs from `initial_epoch` to `epochs`, each in an order
    of its own; another pass is the same once more. So `fit` needs to be told
    how long an epoch is:

    ```python
    data = to_tf_data(batches, epochs=12)
    steps = len(batches)
    model.fit(data, epochs=12, steps_per_epoch=steps, shuffle=False)
    ```

    Without `epochs` it is one epoch, for `evaluate` or to be repeated as it
    is. `shard`, `aspect_groups` and `on_error` are those of the batches.

    Args:
        batches: `dataset.batches(...)`; their epoch stays.
        epochs: The epoch to end with, as in `fit`.
        initial_epoch: The first epoch, as in `fit`; that of `batches` by
            default.
        workers: Threads of TensorFlow that make batches ahead.

    Returns:
        A `tf.data.Dataset` of (images, targets), which Keras takes on every
        backend. Its length is known. With two canvases, their height and
        width are `None` in its `element_spec`.

    Raises:
        ImportError: If TensorFlow is not installed.
        ValueError: If there is no epoch from `initial_epoch` to `epochs`.
    """
    epochs_of = EpochRange.of(batches, epochs, initial_epoch)

    def make(number: int) -> list[np.ndarray]:
        images, targets = epochs_of(number)
        return [images, *(targets[name] for name in TARGETS)]

    return dataset_of(
        make,
        len(epochs_of),
        signature(batches),
        _as_batch,
        max(1, workers),
    )


def signature(batches: Batches) -> list[tuple[Shape, np.dtype]]:
    """Shape and type of the images, and of each of `TARGETS`.

    Args:
        batches: None is made.

    Returns:
        Shapes with `None` for what differs between batches.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> from keras_solo.geometry import Letterbox
    >>> batches = ShapesDataset(4).batches(Letterbox((64, 64)), 2)
    >>> [shape for shape, _ in signature(batches)][:2]
    [(2, 64, 64, 3), (2, 6, 16, 16)]
    """
    found = []
    for maker in batches.sample_makers:
        images, targets = maker.stack([], 0)
        found.append([images, *(targets[name] for name in TARGETS)])
    size = batches.batch_size if batches.drop_last else None
    return [
        ((size, *_common([array.shape[1:] for array in same])), same[0].dtype)
        for same in zip(*found, strict=True)
    ]


def _common(shapes: Sequence[tuple[int, ...]]) -> Shape:
    """A shape with None where shapes differ."""
    sides = (set(sides) for sides in zip(*shapes, strict=True))
    return tuple(one.pop() if len(one) == 1 else None for one in sides)


def _as_batch(tensors: Sequence[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    images, *targets = tensors
    return images, dict(zip(TARGETS, targets, strict=True))
