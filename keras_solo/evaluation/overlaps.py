"""How the results and the objects of each image overlap."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pycocotools import mask as coco_mask

from keras_solo.data.masks import compressed
from keras_solo.evaluation.ground_truth import GroundTruth, Id, TrueObject
from keras_solo.evaluation.results import CompactResults


class Overlaps(NamedTuple):
    """The objects and the results of one image.

    Args:
        image: The place of the image among `GroundTruth.sizes`.
        objects: The objects, crowds left out.
        object_classes: `(n,)` integers, their classes by the order of
            `GroundTruth.category_names`.
        results: Where the results are among all.
        result_classes: `(m,)` integers.
        overlap: `(m, n)` floats, intersection over union of the masks.
        in_crowd: `(m,)` floats, how much of a result is in a crowd of its
            class, 0 to 1.
    """

    image: int
    objects: list[TrueObject]
    object_classes: np.ndarray
    results: list[int]
    result_classes: np.ndarray
    overlap: np.ndarray
    in_crowd: np.ndarray

    @property
    def equal_classes(self) -> np.ndarray:
        """`(m, n)` bool, whether result and object are of one class."""
        return self.result_classes[:, None] == self.object_classes


def overlaps_by_image(
    truth: GroundTruth,
    results: CompactResults,
    places: Mapping[Id, Sequence[int]],
    score_threshold: float,
    images: Collection[int] | None = None,
) -> Iterator[Overlaps]:
    """The overlaps of each image, one image at a time.

    Args:
        truth: The ground truth.
        results: COCO results with masks.
        places: Where the results of each category are.
        score_threshold: Results with a lower score are left out.
        images: The places of some images; `None` for all. Images without
            object and result are left out.
    """
    objects: list[list[tuple[int, TrueObject]]] = [[] for _ in truth.sizes]
    found: list[list[tuple[int, int]]] = [[] for _ in truth.sizes]
    for label, category_id in enumerate(truth.category_names):
        for item in truth.objects[category_id]:
            objects[item.image].append((label, item))
        for place in places[category_id]:
            result = results[place]
            if result["score"] >= score_threshold:
                image = truth.places[result["image_id"]]
                found[image].append((label, place))
    for image in range(len(truth.sizes)) if images is None else images:
        if objects[image] or found[image]:
            yield _of_image(image, objects[image], found[image], results, truth)


def _of_image(
    image: int,
    objects: Sequence[tuple[int, TrueObject]],
    found: Sequence[tuple[int, int]],
    results: CompactResults,
    truth: GroundTruth,
) -> Overlaps:
    size = list(truth.sizes[image])
    masks = [compressed(results[place]["segmentation"]) for _, place in found]
    true = [{"size": size, "counts": item.counts} for _, item in objects]
    crowds = np.array([item.is_crowd for _, item in objects], bool)
    overlap = np.zeros((len(found), len(objects)))
    if overlap.size:
        overlap[:] = coco_mask.iou(masks, true, crowds.astype(np.uint8))
    classes = np.array([label for label, _ in objects], np.int64)
    found_classes = np.array([label for label, _ in found], np.int64)
    same = found_classes[:, None] == classes[crowds]
    return Overlaps(
        image=image,
        objects=[item for _, item in objects if not item.is_crowd],
        object_classes=classes[~crowds],
        results=[place for _, place in found],
        result_classes=found_classes,
        overlap=overlap[:, ~crowds],
        in_crowd=(overlap[:, crowds] * same).max(axis=1, initial=0.0),
    )
