"""`supervision.Detections`, there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.interchange.fields import InstanceFields
from keras_solo.geometry.column_runs import mask_runs
from keras_solo.geometry.size import Size

if TYPE_CHECKING:
    import supervision

# Class names are listed up to the largest label; a label of a billion is none.
MOST_CLASSES = 1_000_000


def to_detections(
    masks: CompactMasks,
    labels: np.ndarray,
    scores: np.ndarray,
    boxes: np.ndarray,
    names: Sequence[str],
    track_ids: np.ndarray | None = None,
) -> supervision.Detections:
    """Masks, boxes, labels, confidences and names.

    Args:
        masks: Of one image.
        labels: `(n,)` integers.
        scores: `(n,)` float32.
        boxes: `(n, 4)` float32 xyxy.
        names: The name of each.
        track_ids: `(n,)` integers, or None.

    Raises:
        ImportError: If the package `supervision` is not installed.
    """
    try:
        import supervision
    except ImportError as error:
        raise ImportError(
            "to_supervision() needs the package supervision: "
            "pip install supervision"
        ) from error
    return supervision.Detections(
        xyxy=boxes,
        mask=masks.to_dense(),
        confidence=scores,
        class_id=labels.astype(np.int64),
        tracker_id=track_ids,
        data={"class_name": np.array(names, dtype=str)},
    )


def detection_fields(
    detections: supervision.Detections,
    class_names: Sequence[str] | None = None,
    size: Size | None = None,
) -> tuple[InstanceFields, Sequence[str] | None]:
    """The instances of detections that have masks.

    Args:
        detections: Without confidences they are 1, without classes all are 0.
        class_names: Names of all classes. By default the detections' own, a
            class without a detection called by its number.
        size: (height, width) of the image in pixels; no detections at all do
            not tell it.

    Returns:
        The instances, and the names of all classes.

    Returns:
        The instances, and the names of all classes.

    Raises:
        ValueError: If there are detections without masks, or none at all and
            no size.
    """
    count, masks = len(detections.xyxy), detections.mask
    if masks is not None and size is None:
        size = int(masks.shape[1]), int(masks.shape[2])
    if size is None or (masks is None and count):
        raise ValueError(
            "Expected detections with masks, or original_size= where there "
            f"are none at all. Received: {count} without masks"
        )
    # One at a time: their own compact masks need not be dense all at once.
    dense = [] if masks is None else masks
    runs = tuple(mask_runs(np.asarray(mask, bool)) for mask in dense)
    labels, scores = detections.class_id, detections.confidence
    labels = np.zeros(count, np.int32) if labels is None else np.asarray(labels)
    if class_names is None:
        class_names = _names(labels, detections.data.get("class_name"))
    fields: InstanceFields = {
        "compact_masks": CompactMasks(runs, size),
        "labels": labels,
        "scores": scores,
        "boxes": detections.xyxy,
        "track_ids": getattr(detections, "tracker_id", None),
    }
    return fields, class_names


def _names(
    labels: np.ndarray, given: Sequence[str] | np.ndarray | None
) -> list[str] | None:
    """Names of all classes up to the largest label, out of one each."""
    if given is None or not len(labels):
        return None
    if not 0 <= labels.min() <= labels.max() < MOST_CLASSES:
        raise ValueError(
            f"Expected class_id from 0 to {MOST_CLASSES - 1}. Received: "
            f"{shown(labels.tolist())}"
        )
    named = dict(zip(labels.tolist(), map(str, given), strict=True))
    return [named.get(i, str(i)) for i in range(int(labels.max()) + 1)]
