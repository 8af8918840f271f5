"""Results of any tool: read from a file, checked entry by entry."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from keras_solo._printable import shown
from keras_solo.data.formats.coco_entries import CocoResult, write_result
from keras_solo.data.formats.json_file import read_json
from keras_solo.data.masks import compressed
from keras_solo.data.polygons import Box
from keras_solo.data.run_lengths import RunLengths, fitting_counts, rle_box
from keras_solo.evaluation.ground_truth import GroundTruth, Id
from keras_solo.evaluation.results import CompactResults, places_by_category

Results: TypeAlias = Sequence[Mapping[str, object]] | str | os.PathLike[str]


class WrongResult(Exception):
    """What is wrong with one result; who reads it adds where."""


def checked_results(
    results: Results, truth: GroundTruth
) -> tuple[CompactResults, dict[Id, Sequence[int]]]:
    """COCO results in little memory, after a check of all.

    Args:
        results: COCO results: dicts with `"image_id"`, `"category_id"`,
            `"score"` and `"segmentation"` (run lengths). Where there is no
            `"bbox"` (x, y, width, height), or four zeros, it is the mask's.
            Or the JSON file of such a list.
        truth: The ground truth.

    Returns:
        The results, and where those of each category are.

    Raises:
        ValueError: Names the file, the entry, counted from 0, and what is
            wrong with it.
    """
    where = "results"
    entries: Sequence[object]
    if isinstance(results, str | os.PathLike):
        where, entries = str(results), read_results(results)
    else:
        entries = results
    compact = CompactResults()
    for number, raw in enumerate(entries):
        try:
            compact.extend([_checked(raw, truth)])
        except WrongResult as error:
            raise ValueError(f"{where}: result {number}: {error}.") from error
    return compact, places_by_category(truth, compact, ("mask", "box"))


def read_results(path: str | os.PathLike[str]) -> list[object]:
    """The content of a file of COCO results, entries not checked.

    Args:
        path: A JSON file.

    Raises:
        ValueError: If it cannot be read, is no JSON, or no list.
    """
    content = read_json(path)
    if not isinstance(content, list):
        raise ValueError(
            f"{path}: expected COCO results, a list of objects with "
            '"image_id", "category_id", "segmentation" and "score". '
            f"Received: {shown(content)}"
        )
    return content


def _checked(raw: object, truth: GroundTruth) -> CocoResult:
    if not isinstance(raw, Mapping):
        raise WrongResult(f"expected an object, received {shown(raw)}")
    image_id = _id(raw, "image_id")
    if image_id not in truth.places:
        raise WrongResult(
            f"its image_id {shown(image_id)} is not among the images of the "
            "ground truth"
        )
    category_id = _id(raw, "category_id")
    if category_id not in truth.category_names:
        raise WrongResult(
            f"its category_id {shown(category_id)} is not among those of the "
            f"ground truth, {shown(list(truth.category_names))}"
        )
    height, width = truth.sizes[truth.places[image_id]]
    rle, box = _checked_mask(raw.get("segmentation"), (height, width))
    if raw.get("bbox") is not None:
        given = _checked_box(raw["bbox"])
        # MMDetection's SOLOv2 writes four zeros, having no boxes.
        box = given if any(given) else box
    score = _number(raw.get("score"))
    if score is None:
        raise WrongResult(
            "expected a score that is a finite number, received "
            f"{shown(raw.get('score'))}"
        )
    return write_result(image_id, cast(int, category_id), rle, box, score)


def _id(raw: Mapping[Any, Any], key: str) -> Id:
    """A whole number or text; NumPy's numbers are numbers."""
    id_ = raw.get(key)
    if isinstance(id_, bool) or not isinstance(id_, numbers.Integral | str):
        raise WrongResult(
            f"expected its {key} to be a whole number or text, received "
            f"{shown(id_)}"
        )
    return id_ if isinstance(id_, str) else int(id_)


def _checked_mask(raw: object, size: tuple[int, int]) -> tuple[RunLengths, Box]:
    """Compressed run lengths, and the tight box of their mask."""
    if not isinstance(raw, Mapping):
        raise WrongResult(
            'expected run lengths as its "segmentation", an object with '
            f'"size" and "counts", received {shown(raw)}'
        )
    rle_size, counts = raw.get("size"), raw.get("counts")
    if not isinstance(rle_size, list | tuple) or tuple(rle_size) != size:
        raise WrongResult(
            f"its mask has the size {shown(rle_size)}, its image has "
            f"{list(size)} (height, width)"
        )
    if not isinstance(counts, str | bytes | list):
        raise WrongResult(
            "expected run lengths as text or as a list, received "
            f"{shown(counts)}"
        )
    try:
        runs = fitting_counts(counts, size)
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongResult(f"its run lengths cannot be read: {error}") from error
    rle: RunLengths = {"size": list(size), "counts": counts}
    return compressed(rle), rle_box(runs, size[0])


def _checked_box(raw: Any) -> Box:
    """xyxy of x, y, width, height."""
    sides = raw if isinstance(raw, Sequence) else ()
    box = [number for side in sides if (number := _number(side)) is not None]
    if len(box) != 4 or len(sides) != 4 or min(box[2:]) < 0:
        raise WrongResult(
            "expected a bbox of four finite numbers, x, y, width, height, "
            f"received {shown(raw)}"
        )
    x, y, width, height = box
    return x, y, x + width, y + height


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, numbers.Real):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
