"""Instances as JSON of our own, which holds all but the image, exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.checks import (
    WrongEntry,
    annotated_size,
    checked_runs,
    checked_score,
)
from keras_solo.data.interchange.fields import AllFields, naming
from keras_solo.data.run_lengths import LONGEST

Kind = TypeVar("Kind")
FORMAT = "keras_solo.Instances"
VERSION = 1


def to_json(
    masks: CompactMasks,
    labels: np.ndarray,
    scores: np.ndarray,
    boxes: np.ndarray,
    class_names: Sequence[str] | None,
    category_ids: Sequence[int] | None,
    track_ids: np.ndarray | None = None,
) -> str:
    """One line of ASCII text.

    Args:
        masks: Of one image.
        labels: `(n,)` int32.
        scores: `(n,)` float32.
        boxes: `(n, 4)` float32.
        class_names: Names of all classes, or None.
        category_ids: Ids of all classes, or None.
        track_ids: `(n,)` int64, or None.

    Raises:
        ValueError: If scores or boxes are NaN or infinite.
    """
    if not (np.isfinite(scores).all() and np.isfinite(boxes).all()):
        raise ValueError(
            "Expected finite scores and boxes, since JSON has no others. "
            "Received: NaN or infinite ones"
        )
    tracks = {} if track_ids is None else {"track_ids": track_ids.tolist()}
    return json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "size": list(masks.size),
            "class_names": class_names,
            "category_ids": category_ids,
            "labels": labels.tolist(),
            "scores": scores.tolist(),
            "boxes": boxes.tolist(),
            "counts": [rle["counts"] for rle in masks.to_rle()],
            **tracks,
        }
    )


def json_fields(text: str | bytes) -> AllFields:
    """What `to_json` wrote.

    Args:
        text: JSON.

    Raises:
        AnnotationError: If it is something else, or damaged.
    """
    with naming("JSON of instances"):
        content = _content(text)
        height, width = _items(content, "size", 2)
        size = annotated_size(height, width, max_pixels=LONGEST)
        counts = _items(content, "counts")
        masks = CompactMasks.from_counts(
            [checked_runs(one, size).tolist() for one in counts], size
        )
        boxes = _items(content, "boxes", len(masks))
        return {
            "compact_masks": masks,
            "labels": _labels(_items(content, "labels", len(masks))),
            "scores": _numbers(_items(content, "scores", len(masks))),
            "boxes": [_box(one) for one in boxes],
            "class_names": _all_of(content, "class_names", str),
            "category_ids": _all_of(content, "category_ids", int),
            "track_ids": _all_of(content, "track_ids", int),
        }


def _content(text: str | bytes) -> Mapping[str, object]:
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise WrongEntry("it is nested too deeply") from error
    except (ValueError, TypeError) as error:
        raise WrongEntry(f"it cannot be read: {error}") from error
    said = content.get("format") if isinstance(content, dict) else content
    if said != FORMAT:
        raise WrongEntry(
            f'expected "format": "{FORMAT}", received {shown(said)}'
        )
    if content.get("version") != VERSION:
        raise WrongEntry(
            f"expected version {VERSION}, received "
            f"{shown(content.get('version'))}"
        )
    return content


def _items(
    content: Mapping[str, object], key: str, count: int | None = None
) -> list[object]:
    found = content.get(key)
    if isinstance(found, list) and count in (None, len(found)):
        return found
    length = "" if count is None else f" of {count}"
    raise WrongEntry(
        f"expected a list{length} as {key}, received {shown(found)}"
    )


def _numbers(values: list[object]) -> list[float]:
    return [checked_score(value) for value in values]


def _box(value: object) -> list[float]:
    return _numbers(_items({"a box": value}, "a box", 4))


def _labels(values: list[object]) -> list[int]:
    labels = [one for one in values if type(one) is int and 0 <= one < 2**31]
    if len(labels) < len(values):
        raise WrongEntry(
            f"expected labels 0, 1, 2, ..., received {shown(values)}"
        )
    return labels


def _all_of(
    content: Mapping[str, object], key: str, kind: type[Kind]
) -> list[Kind] | None:
    if content.get(key) is None:
        return None
    values = _items(content, key)
    found = [one for one in values if type(one) is kind]
    if len(found) < len(values):
        raise WrongEntry(
            f"expected {kind.__name__} as {key}, received {shown(values)}"
        )
    return found
