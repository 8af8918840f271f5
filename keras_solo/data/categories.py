"""Class names and category ids, one a label: checked, and listed."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable, Sequence

from keras_solo._printable import did_you_mean


def different_names(names: Iterable[str]) -> tuple[str, ...]:
    """Class names as a tuple.

    Args:
        names: Names, label by label.

    Raises:
        ValueError: If two are equal, or if it is one text.

    Example:

    >>> different_names(["cat", "dog"])
    ('cat', 'dog')
    """
    if isinstance(names, str):
        raise ValueError(
            "Expected class_names to be a list of names. "
            f"Received: class_names={names!r}"
        )
    names = tuple(names)
    if len(set(names)) != len(names):
        raise ValueError(f"Expected different class names. Received: {names}")
    return names


def integer_ids(ids: Iterable[int]) -> tuple[int, ...]:
    """Category ids as Python integers, which JSON can hold.

    Args:
        ids: Integers, of Python or NumPy.

    Raises:
        ValueError: If one is no integer.

    Example:

    >>> integer_ids(range(7, 9))
    (7, 8)
    """
    received = tuple(ids)
    try:
        return tuple(operator.index(one) for one in received)
    except TypeError:
        raise ValueError(
            f"Expected integers as category_ids. Received: {received}"
        ) from None


def different_ids(ids: Iterable[int], count: int) -> tuple[int, ...]:
    """The category id of each label.

    Args:
        ids: Integers, of Python or NumPy.
        count: The number of classes.

    Raises:
        ValueError: If they are not so many, or not different.

    Example:

    >>> different_ids([7, 9], count=2)
    (7, 9)
    """
    checked = integer_ids(ids)
    if len(checked) != count or len(set(checked)) != count:
        raise ValueError(
            f"Expected {count} different integers as category_ids, one a "
            f"class. Received: category_ids={checked}"
        )
    return checked


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names for a message, which COCO's would fill.

    Args:
        names: Of classes.
        most: So many are named; the others are counted.

    Example:

    >>> listed(["cat", "dog", "cow"], most=2), listed([])
    ('cat, dog and 1 more', 'none')
    """
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more


def say_what_differs(
    chosen: Sequence[str], known: Sequence[str], stacklevel: int = 2
) -> None:
    """Warns of classes that a choice leaves out, and of those it invents.

    Args:
        chosen: Names of classes.
        known: Those of the dataset.
        stacklevel: Of `warnings.warn`: whom it names.

    Raises:
        ValueError: If none of them is in the dataset.
    """
    missing = [name for name in chosen if name not in known]
    others = [name for name in known if name not in chosen]
    meant = did_you_mean(missing, known)
    if len(missing) == len(chosen):
        raise ValueError(
            f"Expected some of the classes {listed(chosen)}. Received: a "
            f"dataset of {listed(known)}.{meant}"
        )
    if others:
        words = "left out the objects of other classes: "
        warnings.warn(f"{words}{listed(others)}.", stacklevel=stacklevel)
    if missing:
        words = "there is no object of these classes: "
        warnings.warn(
            f"{words}{listed(missing)}.{meant}", stacklevel=stacklevel
        )
