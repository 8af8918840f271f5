"""What a model is told about its classes, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from keras_solo.data.categories import different_ids, different_names


class Classes(NamedTuple):
    """The classes of a model, label by label.

    Args:
        size: C, without background.
        names: Their names, or None.
        category_ids: Their ids in the dataset, or None.
    """

    size: int
    names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None


def checked_classes(
    num_classes: int | None,
    class_names: Iterable[str] | None,
    category_ids: Iterable[int] | None,
) -> Classes:
    """What `SOLOv2` takes about classes.

    Raises:
        ValueError: If the three contradict each other or themselves.

    Example:

    >>> checked_classes(None, ["nut", "bolt"], [7, 9])
    Classes(size=2, names=('nut', 'bolt'), category_ids=(7, 9))
    """
    names = None if class_names is None else different_names(class_names)
    count = num_classes or len(names or ())
    if names and count != len(names):
        raise ValueError(
            "Expected one class name a class. Received: "
            f"num_classes={num_classes}, {len(names)} class names"
        )
    if count < 1:
        raise ValueError(
            "Expected class_names, or num_classes of at least 1 (there is no "
            f"background class). Received: num_classes={num_classes}"
        )
    ids = None if category_ids is None else different_ids(category_ids, count)
    return Classes(count, names, ids)
