"""Images to look at: where most went wrong, truth beside prediction."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._printable import counted
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.images import ImageError
from keras_solo.data.masks import decode_rle
from keras_solo.data.run_lengths import RunLengths
from keras_solo.evaluation.confusion import Confusion
from keras_solo.evaluation.ground_truth import GroundTruth, Id
from keras_solo.evaluation.outcomes import KINDS, MATCHED, Outcomes, outcomes
from keras_solo.evaluation.overlaps import Overlaps, overlaps_by_image
from keras_solo.evaluation.results import CompactResults
from keras_solo.geometry.column_runs import mask_runs
from keras_solo.geometry.size import Size
from keras_solo.visualization import Picture, draw_instances, draw_sheet

IMAGES_OF_A_KIND = 3
# Pixels of the long side of a picture; and where names would cover it.
LONG_SIDE, FEW = 560, 40
# What is looked at, and what else there is.
STRONG, FAINT = 0.6, 0.15
GREY = 96


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Objects or results of an image, with what became of each."""

    masks: tuple[RunLengths, ...]
    labels: np.ndarray
    kinds: np.ndarray
    scores: np.ndarray | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Example:
    """An image with many objects or results of a kind.

    Args:
        kind: One of `Confusion.counts`.
        count: How many of the kind are in it.
        image_id: The id of the image.
        size: (height, width) of the image in pixels.
        truth: Its objects.
        found: Its results.
        class_names: The classes.
    """

    kind: str
    count: int
    image_id: Id
    size: Size
    truth: Drawn
    found: Drawn
    class_names: tuple[str, ...]

    def plot(self, image: np.ndarray | None = None) -> Picture:
        """Truth at the left, results at the right; others than this kind faint.

        Args:
            image: `(height, width, 3)` RGB, or None for a grey picture.
        """
        if image is None:
            image = np.full((*self.size, 3), GREY, np.uint8)
        height, width = self.size
        factor = LONG_SIDE / max(height, width)
        size = max(1, round(height * factor)), max(1, round(width * factor))
        smaller = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
        image = cv2.resize(image, size[::-1], interpolation=smaller)
        return draw_sheet(
            [self._half(image, self.truth), self._half(image, self.found)],
            columns=2,
        )

    def _half(self, image: np.ndarray, drawn: Drawn) -> Picture:
        size = image.shape[0], image.shape[1]
        chosen = drawn.kinds == KINDS.index(self.kind)
        picture = Picture(image)
        for part, opacity in ((~chosen, FAINT), (chosen, STRONG)):
            places = np.flatnonzero(part).tolist()
            scores = drawn.scores
            picture = draw_instances(
                picture,
                _resized([drawn.masks[place] for place in places], size),
                drawn.labels[places],
                None if scores is None else scores[places],
                class_names=self.class_names,
                opacity=opacity,
                show_labels=opacity == STRONG and len(places) <= FEW,
                scale=1,
            )
        return picture


def _resized(masks: Sequence[RunLengths], size: Size) -> CompactMasks:
    """One after the other, so that there is one whole mask at a time."""
    runs = [
        mask_runs(
            cv2.resize(
                decode_rle(mask), size[::-1], interpolation=cv2.INTER_NEAREST
            )
            != 0
        )
        for mask in masks
    ]
    return CompactMasks(tuple(runs), size)


def chosen_examples(
    truth: GroundTruth,
    results: CompactResults,
    places: Mapping[Id, Sequence[int]],
    confusion: Confusion,
) -> tuple[Example, ...]:
    """The images with the most misses, duplicates, ..., kept to be drawn.

    Args:
        truth: The ground truth.
        results: COCO results.
        places: Where the results of each category are.
        confusion: Of these.
    """
    worst = [
        (kind, count, image_id)
        for kind in KINDS[MATCHED + 1 :]
        for image_id, count in confusion.worst(kind, IMAGES_OF_A_KIND)
    ]
    images = sorted({truth.places[image_id] for _, _, image_id in worst})
    overlaps = {
        found.image: found
        for found in overlaps_by_image(
            truth, results, places, confusion.score_threshold, images
        )
    }
    examples = []
    for kind, count, image_id in worst:
        image = truth.places[image_id]
        here = overlaps[image]
        became = outcomes(here, confusion.iou_threshold)
        examples.append(
            Example(
                kind=kind,
                count=count,
                image_id=image_id,
                size=truth.sizes[image],
                truth=_truth(here, became, truth),
                found=_found(here, became, results),
                class_names=confusion.class_names,
            )
        )
    return tuple(examples)


def _truth(here: Overlaps, became: Outcomes, truth: GroundTruth) -> Drawn:
    size = list(truth.sizes[here.image])
    masks: list[RunLengths] = [
        {"size": size, "counts": item.counts} for item in here.objects
    ]
    return Drawn(tuple(masks), here.object_classes, became.object_kinds)


def _found(here: Overlaps, became: Outcomes, results: CompactResults) -> Drawn:
    found = [results[place] for place in here.results]
    return Drawn(
        tuple(result["segmentation"] for result in found),
        here.result_classes,
        became.result_kinds,
        np.array([result["score"] for result in found], np.float64),
    )


class Photo(NamedTuple):
    """An image to draw on, or None, and what its file is called."""

    image: np.ndarray | None
    file_name: str


def photos_of(
    dataset: InstanceDataset | None, image_ids: Collection[Id]
) -> tuple[dict[Id, Photo], str]:
    """Images of a dataset by their ids, and why some are missing.

    Args:
        dataset: The dataset, or None where there is none.
        image_ids: Which images.

    Returns:
        What was found, and one sentence, or "" where no image is missing.
    """
    photos: dict[Id, Photo] = {}
    problems: list[str] = []
    waiting = set(image_ids) if dataset is not None else set()
    for record in dataset or ():
        if not waiting:
            break
        if record.image_id in waiting:
            waiting.remove(record.image_id)
            image = None
            if record.image is not None or record.image_path is not None:
                try:
                    image = record.load_image()
                except ImageError as error:
                    problems.append(str(error))
            photos[record.image_id] = Photo(image, record.file_name)
    if problems:
        return photos, (
            f"{counted(len(problems), 'image')} could not be read, and what is "
            f"in it is drawn on grey. The first: {problems[0]}"
        )
    if all(photo.image is None for photo in photos.values()):
        return photos, "There are no image files: masks are drawn on grey."
    return photos, ""
