"""What a model confuses: matches, misses, duplicates, wrong classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.evaluation.checked_results import Results, checked_results
from keras_solo.evaluation.ground_truth import GroundTruth, Id, checked_truth
from keras_solo.evaluation.outcomes import KINDS, outcomes
from keras_solo.evaluation.overlaps import Overlaps, overlaps_by_image
from keras_solo.evaluation.thresholds import checked_thresholds

BACKGROUND = "background"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Confusion:
    """What became of the objects and of the results of all images.

    | kind | means |
    |---|---|
    | `matched` | a result on an object, of its class |
    | `wrong_class` | a result on an object, of another class |
    | `missed` | an object without a result |
    | `duplicate` | a second result on an object that has one |
    | `background` | a result on no object |

    Args:
        class_names: The classes.
        matrix: `(C + 1, C + 1)` integers. Row i, column j: objects of class i
            whose result has class j. The last column is objects that were
            missed, the last row results without an object, duplicates and
            background. Rows add up to objects, columns to results.
        per_image: `(images, 5)` integers, how many there are of each kind in
            each image.
        image_ids: The id of each image.
        iou_threshold: The least intersection over union of a pair.
        score_threshold: Results with a lower score were left out.
    """

    class_names: tuple[str, ...]
    matrix: np.ndarray
    per_image: np.ndarray
    image_ids: tuple[Id, ...]
    iou_threshold: float
    score_threshold: float

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind, in all images."""
        return dict(
            zip(KINDS, self.per_image.sum(axis=0).tolist(), strict=True)
        )

    def worst(self, kind: str, count: int = 8) -> list[tuple[Id, int]]:
        """The images with the most of a kind.

        Args:
            kind: One of `counts`.
            count: At most so many images.

        Returns:
            (image id, how many), the most first, images with none left out.

        Raises:
            ValueError: If there is no such kind.
        """
        if kind not in KINDS:
            raise ValueError(
                f"Expected one of the kinds {KINDS}. Received: {kind!r}"
            )
        numbers = self.per_image[:, KINDS.index(kind)]
        order = np.argsort(-numbers, kind="stable")[:count].tolist()
        return [
            (self.image_ids[place], int(numbers[place]))
            for place in order
            if numbers[place]
        ]

    def most_confused(self, count: int = 10) -> list[tuple[str, str, int]]:
        """The pairs of different classes that are confused most.

        Returns:
            (class of the object, class of the result, how often).
        """
        wrong = self.matrix[:-1, :-1] * ~np.eye(
            len(self.class_names), dtype=bool
        )
        order = np.argsort(-wrong, axis=None, kind="stable")[:count]
        rows, columns = np.unravel_index(order, wrong.shape)
        return [
            (self.class_names[row], self.class_names[column], number)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if (number := int(wrong[row, column]))
        ]

    def __repr__(self) -> str:
        counts = ", ".join(f"{kind} {n}" for kind, n in self.counts.items())
        return f"Confusion({counts})"


def confusion(
    results: Results,
    truth: InstanceDataset | Mapping[str, object],
    iou_threshold: float = 0.5,
    score_threshold: float = 0.3,
) -> Confusion:
    """Compares results with the truth, object by object.

    In each image, results and objects are paired one to one where their masks
    overlap enough: as many pairs of one class as possible, then as many pairs
    as possible, then those that overlap most.

    Args:
        results: COCO results with masks, or the JSON file of them, see
            `evaluate_results`.
        truth: The dataset, or the content of a COCO annotation file.
        iou_threshold: The least intersection over union of a pair, above 0.
        score_threshold: Results with a lower score are left out. By default
            what `keras-solo predict` leaves out.

    Returns:
        A `Confusion`.

    Raises:
        ValueError: As `evaluate_results`.

    Example:

    >>> mask = {"size": [2, 2], "counts": "04"}
    >>> truth = {
    ...     "images": [{"id": 1, "height": 2, "width": 2}],
    ...     "categories": [{"id": 7, "name": "cat"}, {"id": 8, "name": "dog"}],
    ...     "annotations": [
    ...         {"image_id": 1, "category_id": 7, "segmentation": mask}
    ...     ],
    ... }
    >>> found = {"image_id": 1, "segmentation": mask, "score": 0.9}
    >>> found = [{**found, "category_id": 7}, {**found, "category_id": 8}]
    >>> counts = confusion(found, truth).counts
    >>> counts["matched"], counts["duplicate"], counts["missed"]
    (1, 1, 0)
    """
    checked_thresholds(iou_threshold, score_threshold)
    content = truth.to_coco() if isinstance(truth, InstanceDataset) else truth
    known = checked_truth(content)
    compact, places = checked_results(results, known)
    counter = ConfusionCounter(known, iou_threshold)
    for overlaps in overlaps_by_image(known, compact, places, score_threshold):
        counter.add(overlaps)
    return counter.confusion(score_threshold)


class ConfusionCounter:
    """A `Confusion` that grows image by image.

    Args:
        truth: The ground truth.
        iou_threshold: The least intersection over union of a pair.
    """

    def __init__(self, truth: GroundTruth, iou_threshold: float) -> None:
        self.iou_threshold = iou_threshold
        self._image_ids: Sequence[Id] = tuple(truth.places)
        self._names = tuple(truth.category_names.values())
        side = len(self._names) + 1
        self._matrix = np.zeros((side, side), np.int64)
        self._per_image = np.zeros((len(truth.sizes), len(KINDS)), np.int64)

    def add(self, overlaps: Overlaps) -> None:
        """Adds what was found in an image."""
        found = outcomes(overlaps, self.iou_threshold)
        kinds = np.arange(len(KINDS))
        of_objects = (found.object_kinds[:, None] == kinds).sum(axis=0)
        of_results = (found.result_kinds[:, None] == kinds).sum(axis=0)
        self._per_image[overlaps.image] = np.maximum(of_objects, of_results)
        paired = overlaps.object_classes[found.objects]
        self._count(paired, overlaps.result_classes[found.results])
        alone = np.delete(overlaps.object_classes, found.objects)
        self._count(alone, np.full(len(alone), len(self._names)))
        extra = found.result_kinds >= KINDS.index("duplicate")
        wrong = overlaps.result_classes[extra]
        self._count(np.full(len(wrong), len(self._names)), wrong)

    def _count(self, rows: np.ndarray, columns: np.ndarray) -> None:
        np.add.at(self._matrix, (rows, columns), 1)

    def confusion(self, score_threshold: float) -> Confusion:
        """What was counted."""
        return Confusion(
            class_names=self._names,
            matrix=self._matrix,
            per_image=self._per_image,
            image_ids=tuple(self._image_ids),
            iou_threshold=self.iou_threshold,
            score_threshold=score_threshold,
        )
