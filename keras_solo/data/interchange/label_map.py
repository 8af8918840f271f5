"""Instances as one image of ids, there and back."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo._whole_files import write_whole
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.label_maps import decode_label_map
from keras_solo.data.formats.objects import label_map_runs
from keras_solo.data.images import MAX_PIXELS, read_bytes
from keras_solo.data.interchange.fields import InstanceFields
from keras_solo.geometry.size import Size

# Ids that 16 bits hold, 0 left out.
MOST_IDS = 65_535
SUFFIXES = (".png", ".tif", ".tiff")


def label_map(masks: CompactMasks, scores: np.ndarray) -> np.ndarray:
    """Ids 1, 2, 3, ... where instances are; of two, the better is on top.

    Args:
        masks: Of one image.
        scores: `(n,)`; of equal ones the first is the better.

    Returns:
        uint16 `(height, width)`, uint32 for more than 65,535 masks; 0 where
        there is none.
    """
    many = len(masks) > MOST_IDS
    ids = np.zeros(masks.size, np.uint32 if many else np.uint16)
    windows = masks.windows
    for i in np.argsort(-scores, kind="stable")[::-1].tolist():
        x1, y1, x2, y2 = windows[i]
        ids[y1:y2, x1:x2][masks.crop(i)] = i + 1
    return ids


def write_ids(path: pathlib.Path, ids: np.ndarray) -> None:
    """Writes ids as an image of 16 bits.

    Args:
        path: A PNG or a TIFF, by its suffix.
        ids: uint16 `(height, width)`.

    Raises:
        ValueError: If there is another suffix, or if the ids need 32 bits.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"Expected a file that ends in {', '.join(SUFFIXES)}. "
            f"Received: {path}"
        )
    if ids.dtype != np.uint16:
        raise ValueError(
            f"Expected at most {MOST_IDS:,} instances, which are the ids of "
            "16 bits. Received: more"
        )
    write_whole(path, cv2.imencode(suffix, ids)[1].tobytes())


def read_ids(path: pathlib.Path) -> np.ndarray:
    """Reads ids, as `formats.label_maps.read_label_map`, of any size.

    Args:
        path: A PNG or a TIFF.

    Raises:
        ImageError: If it cannot be read, or is no such image.
    """
    return decode_label_map(read_bytes(path), str(path), (1, MAX_PIXELS))


def label_map_fields(
    ids: npt.ArrayLike,
    labels: Sequence[int] | np.ndarray | None = None,
    scores: Sequence[float] | np.ndarray | None = None,
) -> InstanceFields:
    """An instance for each id that there is, in the order of ids.

    Args:
        ids: `(height, width)` integers, 0 where there is none.
        labels: The label of the ids 1, 2, 3, ...; all 0 by default.
        scores: The score of these; all 1 by default.

    Raises:
        ValueError: If it is no such array, or has ids beyond `labels` or
            `scores`.
    """
    ids = np.asarray(ids)
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or ids.min(initial=0) < 0:
        raise ValueError(
            "Expected a label map (height, width) of integers of at least 0. "
            f"Received: {ids.dtype} of shape {ids.shape}"
            + (
                f", from {ids.min()}"
                if ids.dtype.kind == "i" and ids.size
                else ""
            )
        )
    found = label_map_runs(ids)
    size: Size = (ids.shape[0], ids.shape[1])
    counts = [rle["counts"] for rle in found.values()]
    known = np.fromiter(found, np.int64, len(found))
    fields: InstanceFields = {
        "compact_masks": CompactMasks.from_counts(counts, size),
        "labels": np.zeros(len(found), np.int32),
    }
    if labels is not None:
        fields["labels"] = _of_ids("labels", labels, known)
    if scores is not None:
        fields["scores"] = _of_ids("scores", scores, known)
    return fields


def _of_ids(
    name: str, values: Sequence[float] | np.ndarray, ids: np.ndarray
) -> np.ndarray:
    given = np.asarray(values)
    most = int(ids.max(initial=0))
    if given.ndim != 1 or len(given) < most:
        raise ValueError(
            f"Expected {name} of the ids 1 to {most} of the map. Received: "
            f"shape {given.shape}"
        )
    return given[ids - 1]
