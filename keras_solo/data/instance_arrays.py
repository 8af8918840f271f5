"""What `Instances` accept: arrays that fit one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import SupportsIndex, TypeAlias

import numpy as np
import numpy.typing as npt

from keras_solo._printable import shown
from keras_solo.data.categories import integer_ids, listed
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.size import Size

Index: TypeAlias = (
    SupportsIndex
    | slice
    | str
    | Sequence[int]
    | Sequence[bool]
    | Sequence[str]
    | np.ndarray
)
"""What chooses instances: a number, a slice, an index or boolean array, or the
names of classes."""


def compacted(
    masks: npt.ArrayLike | None,
    compact_masks: CompactMasks | None,
    original_size: Size | None,
) -> CompactMasks:
    """Dense masks where they are given, else compact ones as they are."""
    if masks is not None or compact_masks is None:
        dense = checked_masks(masks, original_size)
        return CompactMasks.from_dense(dense)
    if original_size is not None and compact_masks.size != tuple(original_size):
        raise ValueError(
            "Expected compact_masks of original_size (height, width) "
            f"{tuple(original_size)}. Received: {compact_masks}"
        )
    return compact_masks


def checked_masks(
    given: npt.ArrayLike | None, original_size: Size | None
) -> np.ndarray:
    """bool `(n, height, width)`; no masks at all may be an empty list."""
    masks = np.asarray(given)
    if masks.size == 0 and masks.ndim < 3 and original_size is not None:
        masks = np.zeros((0, *original_size), bool)
    if masks.ndim != 3:
        raise ValueError(
            "Expected masks of shape (n, height, width). "
            f"Received: shape {masks.shape}"
        )
    if original_size is not None and masks.shape[1:] != tuple(original_size):
        raise ValueError(
            f"Expected masks of original_size (height, width) "
            f"{tuple(original_size)}. Received: shape {masks.shape}"
        )
    if masks.dtype.kind not in "biu":
        raise ValueError(
            "Expected masks of bool or of 0 and 1; compare probabilities "
            f"with a threshold first. Received: dtype {masks.dtype}"
        )
    if masks.dtype != bool:
        masks = masks != 0
    return masks


def checked_labels(given: npt.ArrayLike, count: int) -> np.ndarray:
    """int32 `(count,)`, none of them negative."""
    labels = np.asarray(given)
    if labels.shape != (count,):
        raise ValueError(
            f"Expected one label a mask, shape ({count},). "
            f"Received: shape {labels.shape}"
        )
    if count and labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected integer labels. Received: dtype {labels.dtype}"
        )
    if count and labels.min() < 0:
        raise ValueError(
            "Expected labels of at least 0; -1 marks padding, which is to "
            f"be cut off first. Received: {labels.tolist()}"
        )
    return labels.astype(np.int32)


def checked_floats(
    name: str, given: npt.ArrayLike, shape: tuple[int, ...]
) -> np.ndarray:
    """float32 of a shape; an empty list where that is empty."""
    values = np.asarray(given, np.float32)
    if values.size == 0 and shape[0] == 0:
        values = values.reshape(shape)
    if values.shape != shape:
        raise ValueError(
            f"Expected {name} of shape {shape}, one a mask. "
            f"Received: shape {values.shape}"
        )
    return values


def checked_names(
    given: Iterable[str] | None, labels: np.ndarray
) -> tuple[str, ...] | None:
    """A name for each label."""
    if given is None:
        return None
    class_names = tuple(str(name) for name in given)
    _check_range("class_names", class_names, labels)
    return class_names


def checked_ids(
    given: Iterable[int] | None, labels: np.ndarray
) -> tuple[int, ...] | None:
    """A category id for each label."""
    if given is None:
        return None
    category_ids = integer_ids(given)
    _check_range("category_ids", category_ids, labels)
    return category_ids


def _check_range(
    name: str, values: Sequence[object], labels: np.ndarray
) -> None:
    if len(labels) and labels.max() >= len(values):
        raise ValueError(
            f"Expected labels below {len(values)}, the number of {name}. "
            f"Received: a label of {labels.max()}"
        )


def checked_tracks(
    given: npt.ArrayLike | None, count: int
) -> np.ndarray | None:
    """int64 `(count,)`, -1 where there is none; or none at all."""
    if given is None:
        return None
    tracks = np.asarray(given)
    if tracks.shape != (count,) or (count and tracks.dtype.kind not in "iu"):
        raise ValueError(
            f"Expected track_ids, one integer a mask, shape ({count},). "
            f"Received: {tracks.dtype} of shape {tracks.shape}"
        )
    return np.maximum(tracks.astype(np.int64), -1)


def each_track(tracks: np.ndarray | None, count: int) -> list[int | None]:
    """The track of each instance, None where there is none."""
    if tracks is None:
        return [None] * count
    return [None if track < 0 else track for track in tracks.tolist()]


def checked_image(
    given: npt.ArrayLike | None, original_size: Size
) -> np.ndarray | None:
    """An image of the masks' size."""
    if given is None:
        return None
    image = np.asarray(given)
    if image.shape[:2] != original_size:
        raise ValueError(
            f"Expected an image of the masks' size {original_size}. "
            f"Received: shape {image.shape}"
        )
    return image


def chosen(
    given: Index, labels: np.ndarray, class_names: Sequence[str] | None
) -> np.ndarray | slice:
    """What chooses instances, by the names of classes, too.

    Args:
        given: As `array_index`; or a name, or several.
        labels: `(n,)` integers, the class of each.
        class_names: Names of all classes, or None.

    Raises:
        KeyError: If there is no class of a name.
        IndexError: As `array_index`.
    """
    if isinstance(given, str):
        return named([given], labels, class_names)
    names = np.asarray(given) if isinstance(given, list | tuple) else given
    if isinstance(names, np.ndarray) and names.dtype.kind == "U":
        return named(names.ravel().tolist(), labels, class_names)
    return array_index(given, len(labels))


def named(
    names: Sequence[str],
    labels: np.ndarray,
    class_names: Sequence[str] | None,
) -> np.ndarray:
    """`(n,)` bool: the instances of some classes.

    Args:
        names: At least one.
        labels: `(n,)` integers, the class of each.
        class_names: Names of all classes, or None.

    Raises:
        KeyError: If there is no class of a name.
    """
    for name in names:
        if class_names is None or name not in class_names:
            there = map(shown, class_names or ())
            raise KeyError(
                f"Expected the name of a class. Received: {shown(name)}. "
                f"The class_names are: {listed(there, 20)}"
            )
    known = enumerate(class_names or ())
    return np.isin(labels, [label for label, one in known if one in names])


def array_index(given: Index, count: int) -> np.ndarray | slice:
    """A slice, or an array that keeps the first axis."""
    if isinstance(given, slice):
        return given
    index = np.asarray(given)
    if index.size == 0 and index.dtype.kind == "f":
        index = index.astype(np.int64)
    if index.dtype == bool and index.shape != (count,):
        raise IndexError(
            f"Expected a boolean for each of the {count} instances. "
            f"Received: shape {index.shape}"
        )
    if index.dtype.kind not in "biu" or index.ndim > 1:
        raise IndexError(
            "Expected a boolean array, an index array, a slice, an integer or "
            f"names of classes. Received: {index!r}"
        )
    return np.atleast_1d(index)
