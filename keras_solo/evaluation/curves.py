"""Curves of precision over recall, of each class and of all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from keras_solo.evaluation.accuracy import IOU_THRESHOLDS
from keras_solo.visualization import Picture, draw_precision_recall

MOST_CURVES = 10


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Curves:
    """Precision over recall of masks, as COCO's AP is the area under them.

    The precision at a recall is the best one at this recall or at a higher
    one: curves only fall. A recall that is not reached has the precision 0.

    Args:
        class_names: The classes.
        precision: `(10, 101, C)` floats at IoU 0.50, 0.55, ... 0.95, at
            recall 0, 0.01, ... 1, of each class; NaN for a class that no
            object has.

    Source: `pycocotools.cocoeval.COCOeval.accumulate`.
    """

    class_names: tuple[str, ...]
    precision: np.ndarray

    @property
    def recall(self) -> np.ndarray:
        """`(101,)` floats from 0 to 1."""
        return np.linspace(0.0, 1.0, self.precision.shape[1])

    def of_class(self, name: str, iou_threshold: float = 0.5) -> np.ndarray:
        """The precision of one class, `(101,)` floats."""
        if name not in self.class_names:
            raise ValueError(
                f"Expected one of the classes {self.class_names}. "
                f"Received: {name!r}"
            )
        place = self.class_names.index(name)
        return self.precision[_place(iou_threshold), :, place]

    def overall(self, iou_threshold: float = 0.5) -> np.ndarray:
        """The mean precision of all classes, `(101,)` floats."""
        chosen = self.precision[_place(iou_threshold)]
        measured = ~np.isnan(chosen[0])
        if not measured.any():
            return np.full(len(chosen), np.nan)
        return chosen[:, measured].mean(axis=1)

    def plot(self) -> Picture:
        """The mean of all classes at several IoU thresholds."""
        thresholds = (0.5, 0.6, 0.7, 0.8, 0.9)
        return draw_precision_recall(
            {f"IoU {value:.2f}": self.overall(value) for value in thresholds},
            "mean of all classes",
        )

    def plot_classes(
        self,
        class_names: Iterable[str] | None = None,
        iou_threshold: float = 0.5,
    ) -> Picture:
        """Some classes at one IoU threshold.

        Args:
            class_names: Which classes; by default the first ten.
            iou_threshold: One of 0.50, 0.55, ... 0.95.
        """
        if class_names is None:
            class_names = self.class_names[:MOST_CURVES]
        return draw_precision_recall(
            {name: self.of_class(name, iou_threshold) for name in class_names},
            f"classes at IoU {iou_threshold:.2f}",
        )


def _place(iou_threshold: float) -> int:
    place = int(np.abs(IOU_THRESHOLDS - iou_threshold).argmin())
    if abs(IOU_THRESHOLDS[place] - iou_threshold) > 1e-6:
        raise ValueError(
            "Expected one of the IoU thresholds 0.50, 0.55, ... 0.95. "
            f"Received: iou_threshold={iou_threshold}"
        )
    return place
