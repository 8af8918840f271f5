"""One evaluation with everything: `evaluate` and `evaluate_results`."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.shard import Shard
from keras_solo.evaluation.accuracy import IOU_THRESHOLDS, PooledCounts
from keras_solo.evaluation.average_precision import (
    mean_of_measured,
    named_figures,
    per_class_ap,
)
from keras_solo.evaluation.checked_results import Results, checked_results
from keras_solo.evaluation.coco import segmented
from keras_solo.evaluation.confusion import Confusion, ConfusionCounter
from keras_solo.evaluation.curves import Curves
from keras_solo.evaluation.evaluation_report import (
    EvaluationReport,
    FigureTable,
)
from keras_solo.evaluation.evaluators import Evaluator, chosen_evaluator
from keras_solo.evaluation.examples import chosen_examples
from keras_solo.evaluation.ground_truth import GroundTruth, Id, checked_truth
from keras_solo.evaluation.overlaps import overlaps_by_image
from keras_solo.evaluation.per_category import Accumulated, accumulated
from keras_solo.evaluation.processes import of_all_processes
from keras_solo.evaluation.ranges import (
    LARGEST,
    Ranges,
    coco_ranges,
    third_bounds,
    with_thirds,
)
from keras_solo.evaluation.results import CompactResults, places_by_category
from keras_solo.evaluation.thresholds import checked_thresholds
from keras_solo.inference import TTA, Tiling
from keras_solo.models.solov2 import SOLOv2

NAN = math.nan
THRESHOLDS = tuple(f"{value:.2f}" for value in IOU_THRESHOLDS.tolist())
AT_50, AT_75 = THRESHOLDS.index("0.50"), THRESHOLDS.index("0.75")


def evaluate(
    model: SOLOv2,
    dataset: InstanceDataset,
    batch_size: int = 8,
    verbose: str | int = "auto",
    evaluator: str = "auto",
    max_detections: int = 100,
    score_threshold: float = 0.3,
    iou_threshold: float = 0.5,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
    shard: Shard | None = None,
) -> EvaluationReport:
    """Segments every image of a dataset and measures all there is to know.

    The figures of `evaluate_coco`, by class, size and IoU threshold; the
    pooled accuracy of microscopy; matches, misses, duplicates and wrong
    classes; curves of precision and recall; and the images to look at.
    Memory stays flat over any number of images, as in `evaluate_coco`.

    Args:
        model: A `SOLOv2`. Its classes are matched with the dataset's by name
            where both have names, else label by label.
        dataset: A `CocoDataset` or another dataset of this package.
        batch_size: Images segmented together.
        verbose: 0 for silence, 1 or "auto" for a progress bar, 2 for a
            line every few seconds.
        evaluator: Who computes average precision, see
            `coco_average_precision`.
        max_detections: The best so many instances of a class in an image
            count for average precision and recall; 100 is COCO's rule.
        score_threshold: The least score of what counts for accuracy and
            confusion; by default that of `keras-solo predict`.
        iou_threshold: The least intersection over union of a match in
            `confusion`, above 0.
        tiled: Whether images are segmented in tiles, as in `evaluate_coco`.
        tta: Whether several views are segmented, as in `evaluate_coco`.
        shard: Which of how many processes this is, as in `evaluate_coco`.

    Returns:
        An `EvaluationReport`: `print` shows it, `.to_page().save("a.html")`
        writes it.

    Raises:
        ValueError: If the classes of the model and the dataset differ, or if
            an argument is out of range.
        ImportError: If hotcoco is asked for by name and is not installed.
        ImageError: If an image cannot be read.
        RuntimeError: If another process failed; it says how.

    Example:

    ```python
    report = keras_solo.evaluation.evaluate(model, valid)
    print(report)
    report.to_page("My nuclei").save("report.html")
    ```
    """
    compute = chosen_evaluator(evaluator)
    ranges = coco_ranges(max_detections)
    checked_thresholds(iou_threshold, score_threshold)
    options = batch_size, verbose, max_detections, tiled, tta
    find = functools.partial(segmented, model, dataset, *options)
    results = of_all_processes(model, shard, find)
    truth = checked_truth(dataset.to_coco())
    places = places_by_category(truth, results, ("mask", "box"))
    return _report(
        *(truth, results, places, compute, ranges),
        *(score_threshold, iou_threshold, dataset),
    )


def evaluate_results(
    results: Results,
    truth: InstanceDataset | Mapping[str, object],
    evaluator: str = "auto",
    max_detections: int = 100,
    score_threshold: float = 0.3,
    iou_threshold: float = 0.5,
) -> EvaluationReport:
    """Measures what any model found, as `evaluate` does it.

    Args:
        results: COCO results: dicts with `"image_id"`, `"category_id"`,
            `"score"` and `"segmentation"` (run lengths, compressed or not).
            Where there is no `"bbox"` (x, y, width, height), or four zeros,
            it is the mask's. Or the JSON file of such a list.
        truth: The dataset whose ids these are, or the content of a COCO
            annotation file.
        evaluator: As in `evaluate`.
        max_detections: As in `evaluate`.
        score_threshold: As in `evaluate`.
        iou_threshold: As in `evaluate`.

    Returns:
        An `EvaluationReport`.

    Raises:
        ValueError: If the file or a result is wrong: names the file, the
            entry and what is wrong with it. If an argument is out of range.
        ImportError: If hotcoco is asked for by name and is not installed.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> shapes = ShapesDataset(num_images=4)
    >>> truth = shapes.to_coco()["annotations"]
    >>> report = evaluate_results([{**item, "score": 0.9} for item in truth],
    ...                           shapes)
    >>> report
    EvaluationReport(4 images, mask_ap 1.000)
    >>> report.confusion.counts["missed"]
    0
    """
    compute = chosen_evaluator(evaluator)
    ranges = coco_ranges(max_detections)
    checked_thresholds(iou_threshold, score_threshold)
    dataset = truth if isinstance(truth, InstanceDataset) else None
    content = truth.to_coco() if isinstance(truth, InstanceDataset) else truth
    known = checked_truth(content)
    compact, places = checked_results(results, known)
    return _report(
        *(known, compact, places, compute, ranges),
        *(score_threshold, iou_threshold, dataset),
    )


def _report(
    truth: GroundTruth,
    results: CompactResults,
    places: Mapping[Id, Sequence[int]],
    compute: Evaluator,
    ranges: Ranges,
    score_threshold: float,
    iou_threshold: float,
    dataset: InstanceDataset | None,
) -> EvaluationReport:
    areas = [
        [item.area for item in objects if not item.is_crowd]
        for objects in truth.objects.values()
    ]
    every = np.concatenate([np.zeros(0), *areas])
    finer = with_thirds(ranges, third_bounds(every.tolist()))
    mask = accumulated(truth, results, places, "mask", compute, finer)
    box = accumulated(truth, results, places, "box", compute, ranges)
    counts, confusion = _matched(
        truth, results, places, score_threshold, iou_threshold
    )
    figures = named_figures(mask, "mask", finer)
    boxes = named_figures(box, "box", ranges)
    return EvaluationReport(
        figures={**figures, **boxes, **_accuracy(counts)},
        per_class=_per_class(truth, mask, box, counts, areas),
        per_size=_per_size(figures, finer, every),
        per_iou=_per_iou(mask, box, counts),
        confusion=confusion,
        curves=_curves(truth, mask),
        num_images=len(truth.sizes),
        num_results=len(results),
        max_detections=ranges.detections[-1],
        examples=chosen_examples(truth, results, places, confusion),
        dataset=dataset,
    )


def _curves(truth: GroundTruth, mask: Accumulated) -> Curves:
    precision = mask.precision[:, :, :, 0, -1]
    return Curves(
        tuple(truth.category_names.values()),
        np.where(precision > -1, precision, NAN),
    )


def _matched(
    truth: GroundTruth,
    results: CompactResults,
    places: Mapping[Id, Sequence[int]],
    score_threshold: float,
    iou_threshold: float,
) -> tuple[PooledCounts, Confusion]:
    counts = PooledCounts(len(truth.category_names))
    counter = ConfusionCounter(truth, iou_threshold)
    for overlaps in overlaps_by_image(truth, results, places, score_threshold):
        counts.add(overlaps)
        counter.add(overlaps)
    return counts, counter.confusion(score_threshold)


# === Figures ===


def _accuracy(
    counts: PooledCounts, label: int | None = None
) -> dict[str, float]:
    accuracy = counts.accuracy(label)
    return {
        "mask_accuracy": float(accuracy.mean()),
        "mask_accuracy50": float(accuracy[AT_50]),
        "mask_accuracy75": float(accuracy[AT_75]),
        "mask_precision50": float(counts.precision(label)[AT_50]),
        "mask_recall50": float(counts.recall(label)[AT_50]),
    }


def _per_class(
    truth: GroundTruth,
    mask: Accumulated,
    box: Accumulated,
    counts: PooledCounts,
    areas: Sequence[Sequence[float]],
) -> FigureTable:
    mask_ap, box_ap = per_class_ap(mask, truth), per_class_ap(box, truth)
    return {
        name: {
            "objects": len(areas[label]),
            "mask_ap": mask_ap[name],
            "mask_ap50": mean_of_measured(
                mask.precision[AT_50, :, label, 0, -1]
            ),
            "box_ap": box_ap[name],
            **_accuracy(counts, label),
        }
        for label, name in enumerate(truth.category_names.values())
    }


def _per_size(
    figures: Mapping[str, float], ranges: Ranges, areas: np.ndarray
) -> FigureTable:
    rows: FigureTable = {}
    for name, (low, high) in zip(ranges.area_names, ranges.areas, strict=True):
        every = name == "all"
        ar = f"mask_ar{ranges.detections[-1]}" if every else f"mask_ar_{name}"
        rows[name] = {
            "from": low,
            "to": math.inf if high == LARGEST else high,
            "objects": int(((areas >= low) & (areas <= high)).sum()),
            "mask_ap": figures["mask_ap" if every else f"mask_ap_{name}"],
            "mask_ar": figures[ar],
        }
    return rows


def _per_iou(
    mask: Accumulated, box: Accumulated, counts: PooledCounts
) -> FigureTable:
    accuracy = counts.accuracy()
    precision, recall = counts.precision(), counts.recall()
    return {
        name: {
            "mask_ap": mean_of_measured(mask.precision[place, ..., 0, -1]),
            "box_ap": mean_of_measured(box.precision[place, ..., 0, -1]),
            "mask_accuracy": float(accuracy[place]),
            "mask_precision": float(precision[place]),
            "mask_recall": float(recall[place]),
        }
        for place, name in enumerate(THRESHOLDS)
    }
