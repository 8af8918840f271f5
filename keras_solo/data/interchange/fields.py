"""What every format becomes: the arguments of `Instances`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NotRequired, TypedDict

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.masks import to_rle
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry.size import Size


class InstanceFields(TypedDict):
    """Arguments of `Instances`; those left out have their defaults."""

    compact_masks: CompactMasks
    labels: Sequence[int] | np.ndarray
    scores: NotRequired[Sequence[float] | np.ndarray | None]
    boxes: NotRequired[Sequence[Sequence[float]] | np.ndarray | None]
    track_ids: NotRequired[Sequence[int] | np.ndarray | None]


class AllFields(InstanceFields):
    """The same with what is known of classes."""

    class_names: Sequence[str] | None
    category_ids: Sequence[int] | None


def object_fields(
    objects: Iterable[ObjectAnnotation], size: Size
) -> InstanceFields:
    """Masks and labels of annotated objects.

    Args:
        objects: Of one image.
        size: (height, width) of the image in pixels.
    """
    objects = list(objects)
    counts = [to_rle(item.segmentation, size)["counts"] for item in objects]
    return {
        "compact_masks": CompactMasks.from_counts(counts, size),
        "labels": [item.label for item in objects],
    }


@contextlib.contextmanager
def naming(entry: str) -> Iterator[None]:
    """Says which entry is wrong.

    Args:
        entry: What it is called.

    Raises:
        AnnotationError: In place of a `WrongEntry`.
    """
    try:
        yield
    except WrongEntry as error:
        raise AnnotationError(f"{entry}: {error}.") from error
