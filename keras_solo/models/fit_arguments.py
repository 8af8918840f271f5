"""What `fit` is easily given by mistake, and what to write instead."""

import itertools
import warnings
from collections.abc import Iterable, Sequence

import keras
import numpy as np

from keras_solo.data.array_targets import check_labels, check_range
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


def refuse_arrays(x: object, y: object, num_classes: int) -> None:
    """Raises if arrays cannot be canvases, or labels of the model's classes.

    Args:
        x: What `fit` got; only NumPy arrays of floats are looked at, since
            bytes are right and what makes batches would have to make one.
        y: Its targets.
        num_classes: The model's.

    Raises:
        ValueError: If pixels reach from 0 to 1, or beyond 255, or a label is
            too large.
    """
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        check_range(x)
    labels = y.get("labels") if isinstance(y, dict) else None
    if isinstance(labels, np.ndarray):
        check_labels(labels, num_classes)


def refuse_other_classes(x: object, class_names: Sequence[str] | None) -> None:
    """Raises if labels of the batches mean other classes than the model's.

    Args:
        x: What `fit` got; only `Batches` know names of classes.
        class_names: The model's, or None if it has none.

    Raises:
        ValueError: If a label has another name; says which is the first.
    """
    found = getattr(getattr(x, "dataset", None), "class_names", None)
    if class_names is None or found is None:
        return
    if tuple(found) == tuple(class_names):
        return
    pairs = enumerate(itertools.zip_longest(class_names, found))
    label, (mine, theirs) = next((i, p) for i, p in pairs if p[0] != p[1])
    raise ValueError(
        f"Expected batches with the model's classes, label by label. Label "
        f"{label} is {mine!r} in the model and {theirs!r} in the batches. "
        "dataset.with_classes(model.class_names) brings the same classes into "
        "the model's order; for other classes make the model with "
        "class_names=dataset.class_names."
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
