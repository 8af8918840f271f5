"""What `fit` is easily given by mistake, and what to write instead."""

import warnings
from collections.abc import Iterable

import keras

from keras_solo.data.dataset import InstanceDataset


def refuse_dataset(x: object) -> None:
    """Raises if `fit` gets images instead of batches.

    Args:
        x: What it got.

    Raises:
        ValueError: If that is a dataset; says what makes batches of it.
    """
    if isinstance(x, InstanceDataset):
        raise ValueError(
            "Expected batches: model.fit(dataset.batches(model.preprocessor, "
            f"batch_size=8)). Received: the dataset itself, {x!r}"
        )


def warn_of_order(callbacks: Iterable[keras.callbacks.Callback]) -> None:
    """Warns of a callback that reads a figure before it is measured.

    Args:
        callbacks: Of `fit`, in their order.
    """
    readers: dict[str, str] = {}
    for callback in callbacks:
        for name in getattr(callback, "possible_names", ()):
            if name in readers:
                reader, measure = readers[name], type(callback).__name__
                warnings.warn(
                    f"{reader} reads {name!r} before {measure} measures it: "
                    f"callbacks=[{measure}(...), {reader}(...)] is the order.",
                    stacklevel=3,
                )
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str):
            readers[monitor] = type(callback).__name__
