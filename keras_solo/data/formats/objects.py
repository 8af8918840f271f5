"""Objects out of outlines and masks, checked."""

from __future__ import annotations

import numpy as np

from keras_solo.data.formats.checks import (
    WrongEntry,
    checked_polygons,
    clipped_box,
    polygons_extent,
)
from keras_solo.data.masks import segmentation_area
from keras_solo.data.records import ObjectAnnotation
from keras_solo.data.run_lengths import RunLengths, encode_runs
from keras_solo.geometry.size import Size


def polygons_object(
    parts: list[object], label: int, size: Size, annotation_id: int | str
) -> ObjectAnnotation:
    """An object of which a file has the outlines.

    Args:
        parts: Flat lists `[x0, y0, x1, y1, ...]` in pixels.
        label: Its class.
        size: (height, width) of the image in pixels.
        annotation_id: What it is called.

    Raises:
        WrongEntry: If they are no outlines, or outside the image.
    """
    if not parts:
        raise WrongEntry("it has no outline")
    polygons = tuple(checked_polygons(parts, size))
    box = clipped_box(polygons_extent(polygons, size), size)
    area = segmentation_area(polygons, size)
    if not area:
        raise WrongEntry("its polygons cover no pixel")
    return ObjectAnnotation(label, box, polygons, area, False, annotation_id)


def label_map_runs(ids: np.ndarray) -> dict[int, RunLengths]:
    """The mask of each id of a map, in one pass over it.

    Args:
        ids: `(height, width)` integers, 0 where there is no object.

    Returns:
        Compressed run lengths by id, in the order of ids.

    Example:

    >>> label_map_runs(np.array([[0, 7], [7, 7]]))
    {7: {'size': [2, 2], 'counts': '13'}}
    """
    height, width = ids.shape
    if not ids.any():
        return {}
    flat = ids.T.ravel()  # down the columns
    changes = flat[1:] != flat[:-1]
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    ends = np.append(starts[1:], flat.size)
    values = flat[starts]
    inside = values != 0
    order = np.argsort(values[inside], kind="stable")
    starts, ends = starts[inside][order], ends[inside][order]
    known, firsts = np.unique(values[inside][order], return_index=True)
    found = {}
    for id_, one, other in zip(
        known.tolist(),
        np.split(starts, firsts[1:]),
        np.split(ends, firsts[1:]),
        strict=True,
    ):
        edges = np.stack([one, other], axis=1).ravel()
        runs = np.diff(edges, prepend=0, append=flat.size)
        if not runs[-1]:
            runs = runs[:-1]
        found[id_] = encode_runs(runs.astype(np.uint32), (height, width))
    return found
