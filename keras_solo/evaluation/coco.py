"""COCO mask and box AP of a model on a dataset."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Literal, overload

import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.images import ImageError
from keras_solo.data.records import load_scaled
from keras_solo.data.shard import Shard
from keras_solo.evaluation.average_precision import (
    Figures,
    FiguresPerClass,
    average_precision,
    checked_choice,
)
from keras_solo.evaluation.category_ids import category_ids_of_labels
from keras_solo.evaluation.ground_truth import checked_truth
from keras_solo.evaluation.processes import of_all_processes
from keras_solo.evaluation.ranges import MOST_DETECTIONS, coco_ranges
from keras_solo.evaluation.results import CompactResults
from keras_solo.inference import TTA, Tiling
from keras_solo.inference.chosen_stream import check_choice, chosen_stream
from keras_solo.models.around_solov2 import inside
from keras_solo.models.progress import Progress
from keras_solo.models.solov2 import SOLOv2


@overload
def evaluate_coco(
    model: SOLOv2,
    dataset: InstanceDataset,
    batch_size: int = ...,
    verbose: str | int = ...,
    iou_types: Sequence[str] = ...,
    per_class: Literal[False] = ...,
    evaluator: str = ...,
    max_detections: int = ...,
    tiled: bool | Tiling = ...,
    tta: bool | TTA = ...,
    shard: Shard | None = ...,
) -> Figures: ...


@overload
def evaluate_coco(
    model: SOLOv2,
    dataset: InstanceDataset,
    batch_size: int = ...,
    verbose: str | int = ...,
    iou_types: Sequence[str] = ...,
    *,
    per_class: bool,
    evaluator: str = ...,
    max_detections: int = ...,
    tiled: bool | Tiling = ...,
    tta: bool | TTA = ...,
    shard: Shard | None = ...,
) -> FiguresPerClass: ...


def evaluate_coco(
    model: SOLOv2,
    dataset: InstanceDataset,
    batch_size: int = 8,
    verbose: str | int = "auto",
    iou_types: Sequence[str] = ("mask", "box"),
    per_class: bool = False,
    evaluator: str = "auto",
    max_detections: int = 100,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
    shard: Shard | None = None,
) -> Figures | FiguresPerClass:
    """Segments every image of a dataset and measures COCO AP.

    Memory stays flat over any number of images: they come through
    `SOLOv2.segment_stream` (or in tiles, or in several views), and what is
    found becomes run-length text at once, less than 1 KB an instance.

    Args:
        model: A `SOLOv2`. Its classes are matched with the dataset's by name
            where both have names, else label by label.
        dataset: A `CocoDataset` or another dataset of this package.
        batch_size: Images segmented together.
        verbose: 0 for silence, 1 or "auto" for a progress bar, 2 for a
            line every few seconds.
        iou_types: `"mask"`, `"box"` (the tight boxes of the masks) or both.
        per_class: Whether to add the AP of each class.
        evaluator: Who computes the figures from what was found:
            `"pycocotools"`, `"hotcoco"`, or `"auto"`, the faster hotcoco
            where it is installed, see `coco_average_precision`.
        max_detections: The best so many instances of a class in an image
            count; 100 is COCO's rule. A model returns at most
            `model.decoder.max_detections` of all classes, 100 unless it was
            built with more: a warning says so where that is less. Tiled
            images have no such bound.
        tiled: Whether images are segmented in tiles, as by
            `keras_solo.inference.segment_tiled`: `True`, or a `Tiling` with
            the scale that the model was trained at.
        tta: Whether several views of each image are segmented, as by
            `keras_solo.inference.segment_tta`: `True`, or a `TTA`.
        shard: (index, count): which of how many processes this is. Each
            segments its part of the images, and gets what the others found:
            the figures are those of all images, on every process. All of
            them must make the call. `None`: all images, here.

    Returns:
        `{"mask_ap": ..., "mask_ap50": ..., "box_ap": ..., ...}`, see
        `coco_average_precision`. What the dataset has no object for is NaN.

    Raises:
        ValueError: If the classes of the model and the dataset differ, with
            both `tiled` and `tta`, or if there are not as many processes as
            `shard` says.
        ImportError: If hotcoco is asked for by name and is not installed.
        ImageError: If an image cannot be read.
        RuntimeError: If another process failed; it says how.

    Example:

    ```python
    scores = keras_solo.evaluation.evaluate_coco(model, valid)
    print(f"{scores['mask_ap']:.3f}")
    ```
    """
    compute = checked_choice(iou_types, evaluator)  # now, not in an hour
    ranges = coco_ranges(max_detections)
    options = batch_size, verbose, max_detections, tiled, tta
    find = functools.partial(segmented, model, dataset, *options)
    results = of_all_processes(model, shard, find)
    # In one line, so that the text of the ground truth can go at once.
    truth = checked_truth(dataset.to_coco())
    return average_precision(
        truth, results, iou_types, per_class, compute, ranges
    )


def segmented(
    model: SOLOv2,
    dataset: InstanceDataset,
    batch_size: int,
    verbose: str | int,
    max_detections: int,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
    shard: Shard = (0, 1),
) -> CompactResults:
    """What a model finds in the images of a dataset.

    Args:
        model: A `SOLOv2`.
        dataset: Its classes are matched with the model's.
        batch_size: Images segmented together.
        verbose: As in `evaluate_coco`.
        max_detections: How many instances an image somebody asks for.
        tiled: As in `evaluate_coco`.
        tta: As in `evaluate_coco`.
        shard: (index, count): which part of the images, of how many.
    """
    check_choice(tiled, tta)
    model = inside(model)
    category_ids = category_ids_of_labels(model, dataset)
    if not tiled:
        _warn_of_bound(model, max_detections)
    index, count = shard
    order = _by_canvas(model, dataset)[index::count]
    progress = Progress(
        len(order), "image", 1 if verbose == "auto" else int(verbose)
    )
    results = CompactResults()
    images = (functools.partial(_load, model, dataset, i) for i, _ in order)
    stream = chosen_stream(model, images, batch_size, tiled, tta, ordered=False)
    for done, (place, instances) in enumerate(stream, start=1):
        if isinstance(instances, ImageError):
            raise instances
        _, image_id = order[place]
        results.extend(instances.to_coco(image_id, category_ids=category_ids))
        progress.update(done)
    return results


def _warn_of_bound(model: SOLOv2, max_detections: int) -> None:
    """Of more than COCO's bound somebody expects to see more."""
    if max_detections <= MOST_DETECTIONS:
        return
    most = model.decoder.max_detections
    if max_detections > most:
        warnings.warn(
            f"max_detections={max_detections}, but the model returns at most "
            f"{most} instances an image: its decoder was built with "
            f"max_detections={most}.",
            stacklevel=5,
        )


def _load(model: SOLOv2, dataset: InstanceDataset, index: int) -> np.ndarray:
    """An image; a dataset may have to work for its record too."""
    return load_scaled(dataset[index], model.preprocessor.intensity)


def _by_canvas(
    model: SOLOv2, dataset: InstanceDataset
) -> list[tuple[int, int | str]]:
    """(index, id) of all images, sorted by canvas, so that batches fill."""
    images, canvases = [], []
    for index in range(len(dataset)):
        record = dataset[index]
        images.append((index, record.image_id))
        canvases.append(model.preprocessor.canvas_size(record.original_size))
    order = sorted(range(len(images)), key=canvases.__getitem__)
    return [images[place] for place in order]
