"""The accuracy of microscopy: what is right of all there is or was found."""

from __future__ import annotations

import numpy as np

from keras_solo.evaluation.assignment import assigned
from keras_solo.evaluation.overlaps import Overlaps

# As COCO has them, to the last bit.
IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)


class PooledCounts:
    """True positives, false positives and misses of all images together.

    A result is a true positive if it is assigned to an object of its class
    with at least the threshold of intersection over union, each object to one
    result: as many of them as possible, see `assigned`. Results in a crowd of
    their class are ignored.

    Accuracy is TP / (TP + FP + FN), precision TP / (TP + FP), recall
    TP / (TP + FN). The counts of all images are added before anything is
    divided, so that an image counts by its objects. With more than one class,
    the counts of the classes are added, too. What nothing is there for is
    NaN.

    Args:
        num_classes: The number of classes.

    Attributes:
        counts: `(3, 10, num_classes)` integers: TP, FP, FN at IoU 0.50, 0.55,
            ... 0.95.

    Source: `stardist.matching.matching_dataset(by_image=False)`, whose
    "accuracy" this is. Cellpose's `average_precision` is the same ratio image
    by image.
    """

    def __init__(self, num_classes: int) -> None:
        self.counts: np.ndarray = np.zeros(
            (3, len(IOU_THRESHOLDS), num_classes), np.int64
        )

    def add(self, overlaps: Overlaps) -> None:
        """Adds what was found in an image."""
        equal = overlaps.equal_classes
        overlap = overlaps.overlap * equal
        objects = self._of_each_class(overlaps.object_classes)
        for place, threshold in enumerate(IOU_THRESHOLDS.tolist()):
            results, _ = assigned(overlap, equal, threshold)
            counted = overlaps.in_crowd < threshold
            counted[results] = True
            right = self._of_each_class(overlaps.result_classes[results])
            found = self._of_each_class(overlaps.result_classes[counted])
            self.counts[:, place] += right, found - right, objects - right

    def _of_each_class(self, classes: np.ndarray) -> np.ndarray:
        return np.bincount(classes, minlength=self.counts.shape[2])

    def accuracy(self, label: int | None = None) -> np.ndarray:
        """`(10,)` floats, of one class or of all."""
        right, wrong, missed = self._chosen(label)
        return _ratio(right, right + wrong + missed)

    def precision(self, label: int | None = None) -> np.ndarray:
        """`(10,)` floats, of one class or of all."""
        right, wrong, _ = self._chosen(label)
        return _ratio(right, right + wrong)

    def recall(self, label: int | None = None) -> np.ndarray:
        """`(10,)` floats, of one class or of all."""
        right, _, missed = self._chosen(label)
        return _ratio(right, right + missed)

    def _chosen(self, label: int | None) -> np.ndarray:
        if label is None:
            return self.counts.sum(axis=2)
        return self.counts[:, :, label]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    ratio = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=ratio, where=whole > 0)
