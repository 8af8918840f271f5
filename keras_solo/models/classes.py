"""What a model is told about its classes, checked."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import NamedTuple


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
    names = _checked_names(class_names)
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
    return Classes(count, names, _checked_ids(category_ids, count))


def _checked_names(names: Iterable[str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    if isinstance(names, str):
        raise ValueError(
            "Expected class_names to be a list of names. "
            f"Received: class_names={names!r}"
        )
    names = tuple(names)
    if len(set(names)) != len(names):
        raise ValueError(f"Expected different class names. Received: {names}")
    return names


def _checked_ids(
    ids: Iterable[int] | None, count: int
) -> tuple[int, ...] | None:
    if ids is None:
        return None
    received = tuple(ids)
    try:
        checked = tuple(operator.index(one) for one in received)
    except TypeError:
        checked = ()
    if len(set(checked)) != count or len(received) != count:
        raise ValueError(
            f"Expected {count} different integers as category_ids, one a "
            f"class. Received: category_ids={received}"
        )
    return checked
