"""Results: checked against a ground truth, and kept in little memory."""

from __future__ import annotations

import array
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, overload

from keras_solo.data.formats.coco_entries import CocoResult
from keras_solo.data.run_lengths import RunLengths, fitting_counts
from keras_solo.evaluation.ground_truth import GroundTruth, Id


def places_by_category(
    truth: GroundTruth,
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str],
) -> dict[Id, Sequence[int]]:
    """Where the results of each category are, after a check of all.

    Args:
        truth: The ground truth.
        results: COCO results.
        iou_types: `"mask"`, `"box"` or both.

    Returns:
        For each category id the places of its results, in the order of
        their images.

    Raises:
        ValueError: If results name unknown images or categories, if their
            masks have another size than the image, or if a score or a box is
            not made of finite numbers.
    """
    places: dict[Id, array.array[int]] = {
        category_id: array.array("q") for category_id in truth.category_names
    }
    images = array.array("q")
    for place, result in enumerate(results):
        image, category_id = _checked_place(truth, result, "mask" in iou_types)
        _check_numbers(result, "box" in iou_types)
        places[category_id].append(place)
        images.append(image)
    return {
        category_id: sorted(found, key=images.__getitem__)
        for category_id, found in places.items()
    }


def _checked_place(
    truth: GroundTruth, result: Mapping[str, Any], has_mask: bool
) -> tuple[int, Id]:
    """Which image of the ground truth it is of, and its category id."""
    image_id, category_id = result["image_id"], result["category_id"]
    if image_id not in truth.places:
        raise ValueError(
            f"Results for image {image_id!r}, which is not among the images "
            "of the ground truth."
        )
    if category_id not in truth.category_names:
        raise ValueError(
            f"Results of category {category_id!r}. Expected a category id of "
            f"the ground truth: {list(truth.category_names)}"
        )
    image = truth.places[image_id]
    size = truth.sizes[image]
    if has_mask and tuple(result["segmentation"]["size"]) != size:
        raise ValueError(
            f"Expected masks of the size of image {image_id!r}, (height, "
            f"width) {list(size)}. Received: {result['segmentation']['size']}"
        )
    return image, category_id


def check_run_lengths(results: Iterable[Mapping[str, object]]) -> None:
    """Refuses masks that C code must not see.

    Args:
        results: COCO results with masks.

    Raises:
        ValueError: If run lengths cannot be read, or do not add up.
    """
    for result in results:
        rle = cast(RunLengths, result["segmentation"])
        try:
            height, width = rle["size"]
            fitting_counts(rle["counts"], (height, width))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                "Expected run lengths, as Instances.to_coco returns them. "
                f"Received: {rle['counts']!r:.80} in the results for image "
                f"{result['image_id']!r}: {error}"
            ) from error


def _check_numbers(result: Mapping[str, Any], has_box: bool) -> None:
    """Evaluators order what is not a number in different ways."""
    score, box = result["score"], result["bbox"] if has_box else ()
    if not _are_finite([score]):
        raise ValueError(
            f"Expected scores that are finite numbers. Received: {score!r} in "
            f"the results for image {result['image_id']!r}"
        )
    if has_box and not (len(box) == 4 and _are_finite(box)):
        raise ValueError(
            "Expected boxes of four finite numbers, x, y, width, height. "
            f"Received: {box!r} in the results for image "
            f"{result['image_id']!r}"
        )


def _are_finite(numbers: Iterable[Any]) -> bool:
    try:
        return all(math.isfinite(number) for number in numbers)
    except TypeError:
        return False


class CompactResults(Sequence[Mapping[str, object]]):
    """COCO results that become dicts only when they are asked for.

    They take about a quarter of the memory of a list of dicts.

    Example:

    >>> results = CompactResults()
    >>> mask = {"size": [2, 2], "counts": "04"}
    >>> result = {"image_id": 5, "category_id": 7, "segmentation": mask}
    >>> results.extend([{**result, "bbox": [0.0, 0.0, 2.0, 2.0], "score": 0.5}])
    >>> len(results), results[0]["bbox"]
    (1, [0.0, 0.0, 2.0, 2.0])
    """

    def __init__(self) -> None:
        # Image id and mask size of each image, in the order they came.
        self._images: list[tuple[Id, tuple[int, ...]]] = []
        # Place of the image, category id; x, y, width, height, score; each.
        self._whole = array.array("q")
        self._real = array.array("d")
        self._counts: list[Any] = []

    def extend(self, results: Iterable[CocoResult]) -> None:
        """Adds results, those of an image one after the other."""
        for result in results:
            size = tuple(result["segmentation"]["size"])
            image = result["image_id"], size
            if not self._images or self._images[-1] != image:
                self._images.append(image)
            self._whole.extend((len(self._images) - 1, result["category_id"]))
            self._real.extend((*result["bbox"], result["score"]))
            self._counts.append(result["segmentation"]["counts"])

    def __len__(self) -> int:
        return len(self._counts)

    @overload
    def __getitem__(self, index: int) -> CocoResult: ...

    @overload
    def __getitem__(self, index: slice) -> list[CocoResult]: ...

    def __getitem__(self, index: int | slice) -> CocoResult | list[CocoResult]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return [self._result(place) for place in places]
        return self._result(places)

    def _result(self, place: int) -> CocoResult:
        image, category_id = self._whole[2 * place : 2 * place + 2]
        *bbox, score = self._real[5 * place : 5 * place + 5]
        image_id, size = self._images[image]
        return {
            "image_id": image_id,
            "category_id": category_id,
            "segmentation": {
                "size": list(size),
                "counts": self._counts[place],
            },
            "bbox": bbox,
            "score": score,
        }
