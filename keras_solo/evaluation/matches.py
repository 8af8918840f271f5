"""What pycocotools matched, image by image, in little memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

# What `COCOeval.evaluate` leaves for one image and one range of areas, or
# None where there is nothing.
Evaluated: TypeAlias = Mapping[str, Any] | None


class Matches:
    """Whether detections were matched, of all images and one category.

    `COCOeval` keeps a dict of lists and arrays for each image and range of
    areas, several hundred bytes a detection; the yes and no of each threshold
    is all that becomes precision and recall.

    Example:

    >>> evaluated = {
    ...     "dtScores": [0.9, 0.8],
    ...     "dtMatches": np.array([[5.0, 0.0]]),
    ...     "dtIgnore": np.array([[False, True]]),
    ...     "gtIgnore": np.array([0]),
    ... }
    >>> matches = Matches()
    >>> matches.add([[evaluated], [None]])
    >>> found = matches.of_best(1, area=0)
    >>> found["dtScores"].tolist(), found["dtMatches"].tolist()
    ([0.9], [[True]])
    >>> matches.of_best(1, area=1) is None
    True
    """

    def __init__(self) -> None:
        # Of each part and range of areas.
        self._parts: list[list[dict[str, np.ndarray] | None]] = []

    def add(self, evaluated: Iterable[Sequence[Evaluated]]) -> None:
        """Adds what was found in some images.

        Args:
            evaluated: For each range of areas what `COCOeval.evalImgs` has of
                each image, its detections sorted by score.
        """
        self._parts.append([_merged(images) for images in evaluated])

    def of_best(self, count: int, area: int) -> Evaluated:
        """All images as one, with the best detections of each.

        Args:
            count: At most so many of an image.
            area: Which of the ranges of areas.

        Returns:
            What `COCOeval.accumulate` reads, detections in the order of the
            images, or `None` where there is nothing.
        """
        return _joined(
            [part for areas in self._parts if (part := areas[area])], count
        )


def _merged(images: Sequence[Evaluated]) -> dict[str, np.ndarray] | None:
    there = [image for image in images if image is not None]
    if not there:
        return None
    scores = [image["dtScores"] for image in there]
    return {
        "rank": np.concatenate([np.arange(len(found)) for found in scores]),
        "dtScores": np.concatenate(scores),
        "gtIgnore": np.concatenate([image["gtIgnore"] for image in there]),
        **{
            name: np.concatenate([image[name] != 0 for image in there], axis=1)
            for name in ("dtMatches", "dtIgnore")
        },
    }


def _joined(parts: Sequence[Mapping[str, np.ndarray]], count: int) -> Evaluated:
    if not parts:
        return None
    best = [part["rank"] < count for part in parts]
    chosen = list(zip(parts, best, strict=True))
    return {
        "gtIgnore": np.concatenate([part["gtIgnore"] for part in parts]),
        **{
            name: np.concatenate(
                [part[name][..., kept] for part, kept in chosen], axis=-1
            )
            for name in ("dtScores", "dtMatches", "dtIgnore")
        },
    }
