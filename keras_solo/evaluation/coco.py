"""COCO mask and box AP of a model on a dataset."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from keras_solo.evaluation.average_precision import coco_average_precision


def evaluate_coco(
    model: Any,
    dataset: Any,
    batch_size: int = 8,
    verbose: str | int = "auto",
    iou_types: Sequence[str] = ("mask", "box"),
    per_class: bool = False,
) -> dict[str, Any]:
    """Segments every image of a dataset and measures COCO AP.

    Memory stays flat over any number of images: `batch_size` of them are
    held at a time (and the next ones loaded meanwhile), and what is found
    becomes run-length text at once.

    Args:
        model: A `SOLOv2`. Its classes are matched with the dataset's by name
            where both have names, else label by label.
        dataset: A `CocoDataset` or another dataset of this package.
        batch_size: Images segmented together.
        verbose: 0 for silence, 1 or "auto" for a progress bar, 2 for one
            line.
        iou_types: `"mask"`, `"box"` (the tight boxes of the masks) or both.
        per_class: Whether to add the AP of each class.

    Returns:
        `{"mask_ap": ..., "mask_ap50": ..., "box_ap": ..., ...}`, see
        `coco_average_precision`. What the dataset has no object for is NaN.

    Raises:
        ValueError: If the classes of the model and the dataset differ.

    Example:

    ```python
    scores = keras_solo.evaluation.evaluate_coco(model, valid)
    print(f"{scores['mask_ap']:.3f}")
    ```
    """
    if batch_size < 1:
        raise ValueError(
            "Expected a batch_size of at least 1. "
            f"Received: batch_size={batch_size}"
        )
    category_ids = category_ids_of_labels(model, dataset)
    bar = keras.utils.Progbar(
        len(dataset),
        verbose=1 if verbose == "auto" else int(verbose),
        unit_name="image",
    )
    results: list[dict[str, Any]] = []
    order = _order(model, dataset)
    for done, (image_ids, images) in _chunks(dataset, order, batch_size):
        found = model.segment(images, batch_size=batch_size)
        results += _as_results(found, image_ids, category_ids)
        del found, images  # before the next ones come
        bar.update(done)
    return coco_average_precision(
        dataset.to_coco(), results, iou_types=iou_types, per_class=per_class
    )


def _as_results(
    found: Sequence[Any], image_ids: Sequence[Any], category_ids: Sequence[int]
) -> list[dict[str, Any]]:
    return [
        result
        for image_id, instances in zip(image_ids, found, strict=True)
        for result in instances.to_coco(image_id, category_ids=category_ids)
    ]


def category_ids_of_labels(model: Any, dataset: Any) -> tuple[int, ...]:
    """The dataset's category id of each of the model's labels.

    Raises:
        ValueError: If the model and the dataset do not have the same classes;
            the message names those that differ.
    """
    ids = tuple(dataset.category_ids)
    if model.class_names is None or dataset.class_names is None:
        if model.num_classes != len(ids):
            raise ValueError(
                f"The model has {model.num_classes} classes, the dataset has "
                f"{len(ids)}."
            )
        return ids
    missing = _without(dataset.class_names, model.class_names)
    unknown = _without(model.class_names, dataset.class_names)
    if missing or unknown:
        raise ValueError(
            "Expected a model and a dataset with the same classes. "
            f"Only the dataset has: {_listed(missing)}. "
            f"Only the model has: {_listed(unknown)}."
        )
    by_name = dict(zip(dataset.class_names, ids, strict=True))
    return tuple(by_name[name] for name in model.class_names)


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name not in set(others)]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (shown or "none") + more


def _order(model: Any, dataset: Any) -> list[int]:
    """Images of one canvas follow each other, so that they share batches."""
    canvas_size = model.preprocessor.canvas_size
    return sorted(
        range(len(dataset)),
        key=lambda i: canvas_size(tuple(dataset[i].original_size)),
    )


def _chunks(
    dataset: Any, order: Sequence[int], batch_size: int
) -> Iterator[tuple[int, tuple[list[Any], list[Any]]]]:
    """(images so far, (image ids, images)); the next are loaded meanwhile."""

    def load(index: int) -> tuple[Any, Any]:
        record = dataset[index]
        return record.image_id, record.load_image()

    starts = range(0, len(order), batch_size)
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:

        def submit(start: int) -> list[concurrent.futures.Future]:
            chunk = order[start : start + batch_size]
            return [pool.submit(load, index) for index in chunk]

        coming = submit(0)
        for start in starts:
            pairs = [future.result() for future in coming]
            coming = submit(start + batch_size)
            image_ids, images = (
                list(part) for part in zip(*pairs, strict=True)
            )
            del pairs
            yield start + len(images), (image_ids, images)
            del images
