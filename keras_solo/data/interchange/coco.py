"""Results and annotations of COCO to instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.categories import integer_ids, listed
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.checks import (
    LARGEST_FLOAT,
    AnnotationError,
    WrongEntry,
    checked_box,
    checked_polygons,
    checked_runs,
    checked_score,
)
from keras_solo.data.formats.coco_entries import entry_id
from keras_solo.data.interchange.fields import InstanceFields, naming
from keras_solo.data.polygons import Box, draw_polygons
from keras_solo.data.run_lengths import Counts
from keras_solo.geometry.size import Size


class Entry(NamedTuple):
    """One result or annotation."""

    category_id: int
    counts: Counts
    box: Box | None
    score: float
    track_id: int | None


def coco_fields(
    entries: Iterable[Mapping[str, object]],
    size: Size,
    category_ids: Iterable[int] | None = None,
    crowds: bool = False,
) -> tuple[InstanceFields, list[int]]:
    """The instances of one image out of a list of COCO.

    Args:
        entries: Results or annotations, all of one image.
        size: (height, width) of the image in pixels.
        category_ids: The category id of each label. By default those that
            there are, in their order.
        crowds: Whether regions of many objects are instances, too.

    Returns:
        The instances, and the category id of each label.

    Raises:
        AnnotationError: If one is wrong, or of another image.
    """
    found = _read_entries(entries, size, crowds)
    present = sorted({one.category_id for one in found})
    ids = present if category_ids is None else list(integer_ids(category_ids))
    labels = {id_: label for label, id_ in reversed(list(enumerate(ids)))}
    for id_ in present:
        if id_ not in labels:
            raise AnnotationError(
                f"Expected category ids among {shown(ids)}. Received: {id_}"
            )
    masks = CompactMasks.from_counts((one.counts for one in found), size)
    fields: InstanceFields = {
        "compact_masks": masks,
        "labels": [labels[one.category_id] for one in found],
        "scores": [one.score for one in found],
        "boxes": [
            tight if one.box is None else one.box
            for one, tight in zip(found, masks.windows, strict=True)
        ],
    }
    tracks = [one.track_id for one in found]
    if any(track is not None for track in tracks):
        fields["track_ids"] = [-1 if one is None else one for one in tracks]
    return fields, ids


def _read_entries(
    entries: Iterable[Mapping[str, object]], size: Size, crowds: bool
) -> list[Entry]:
    if isinstance(entries, Mapping) or not isinstance(entries, Iterable):
        raise AnnotationError(
            "Expected a list of results or annotations. Received: "
            f"{shown(entries)}"
        )
    found, images = [], set()
    for number, raw in enumerate(entries):
        with naming(f"Entry {number}"):
            if not isinstance(raw, Mapping):
                raise WrongEntry(f"expected a dict, received {shown(raw)}")
            images.add(entry_id(dict(raw), "image_id"))
            if crowds or not raw.get("iscrowd"):
                found.append(_read_entry(raw, size))
    if len(images) > 1:
        some = listed([shown(one) for one in images])
        raise AnnotationError(
            f"Expected entries of one image. Received: image_id {some}"
        )
    return found


def _read_entry(raw: Mapping[str, object], size: Size) -> Entry:
    category_id = entry_id(dict(raw), "category_id")
    if not isinstance(category_id, int):
        raise WrongEntry(
            "expected a whole number as its category_id, received "
            f"{shown(raw.get('category_id'))}"
        )
    counts = _read_counts(raw.get("segmentation"), size)
    # What has no pixel has no box, either.
    boxed = raw.get("bbox") is not None and np.any(counts[1::2])
    box = checked_box(raw["bbox"]) if boxed else None
    if box is not None and max(map(abs, box)) > LARGEST_FLOAT:
        raise WrongEntry(f"its bbox {shown(raw['bbox'])} is too large")
    score = raw.get("score")
    return Entry(
        category_id,
        counts.tolist(),
        box,
        1.0 if score is None else checked_score(score),
        _track_id(raw.get("track_id")),
    )


def _track_id(given: object) -> int | None:
    if given is None or (type(given) is int and abs(given) < 2**63):
        return given
    raise WrongEntry(
        f"expected a whole number as its track_id, received {shown(given)}"
    )


def _read_counts(segmentation: object, size: Size) -> np.ndarray:
    """int64 run lengths, of an empty mask, too."""
    if isinstance(segmentation, Mapping):
        said = segmentation.get("size")
        if not isinstance(said, list | tuple) or list(said) != list(size):
            raise WrongEntry(
                f"its run lengths have the size {shown(said)}, its image has "
                f"{list(size)} (height, width)"
            )
        counts = segmentation.get("counts")
        if isinstance(counts, bytes):
            counts = counts.decode("ascii", "replace")
        return checked_runs(counts, size)
    if not isinstance(segmentation, list) or not segmentation:
        raise WrongEntry(
            "expected polygons or run lengths as its segmentation, received "
            f"{shown(segmentation)}"
        )
    drawn = draw_polygons(checked_polygons(segmentation, size), size)
    return checked_runs(drawn["counts"].decode("ascii"), size)  # type: ignore[union-attr]
