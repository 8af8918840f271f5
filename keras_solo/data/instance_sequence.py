"""Masks of one image with their labels and scores, chosen like an array."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Self

import numpy as np
import numpy.typing as npt

from keras_solo._printable import printable
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.instance_arrays import (
    Index,
    checked_floats,
    checked_ids,
    checked_image,
    checked_labels,
    checked_names,
    checked_tracks,
    chosen,
    compacted,
)
from keras_solo.geometry.size import Size


@dataclasses.dataclass(frozen=True, eq=False, repr=False, init=False)
class InstanceSequence:
    """What `Instances` hold; their arguments are described there."""

    compact_masks: CompactMasks
    labels: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    original_size: Size
    image: np.ndarray | None
    # So that what was pickled before there were tracks has none.
    track_ids: np.ndarray | None = None

    def __init__(
        self,
        masks: npt.ArrayLike | None = None,
        labels: npt.ArrayLike = (),
        scores: npt.ArrayLike | None = None,
        boxes: npt.ArrayLike | None = None,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        original_size: Size | None = None,
        image: npt.ArrayLike | None = None,
        compact_masks: CompactMasks | None = None,
        track_ids: npt.ArrayLike | None = None,
    ) -> None:
        def store(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        compact_masks = compacted(masks, compact_masks, original_size)
        store("compact_masks", compact_masks)
        store("original_size", compact_masks.size)
        count = len(compact_masks)
        store("labels", checked_labels(labels, count))
        scores = np.ones(count) if scores is None else scores
        store("scores", checked_floats("scores", scores, (count,)))
        boxes = compact_masks.boxes if boxes is None else boxes
        store("boxes", checked_floats("boxes", boxes, (count, 4)))
        store("class_names", checked_names(class_names, self.labels))
        store("category_ids", checked_ids(category_ids, self.labels))
        store("image", checked_image(image, self.original_size))
        store("track_ids", checked_tracks(track_ids, count))

    # === A sequence ===

    def __len__(self) -> int:
        return len(self.compact_masks)

    def __getitem__(self, index: Index) -> Self:
        index = chosen(index, self.labels, self.class_names)
        return dataclasses.replace(
            self,
            compact_masks=self.compact_masks[index],
            labels=self.labels[index],
            scores=self.scores[index],
            boxes=self.boxes[index],
            track_ids=None if self.track_ids is None else self.track_ids[index],
        )

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        shown = [
            f"{printable(name, 40)} {score:.2f}"
            for name, score in zip(self.names[:5], self.scores, strict=False)
        ]
        if len(self) > 5:
            shown.append("...")
        listed = ": " + ", ".join(shown) if shown else ""
        height, width = self.original_size
        return f"Instances({len(self)}{listed}; image {height} x {width})"

    # === Facts derived from the arrays ===

    @property
    def names(self) -> list[str]:
        """One name per instance; the label itself where names are unknown."""
        if self.class_names is None:
            return [str(label) for label in self.labels]
        return [self.class_names[label] for label in self.labels]

    @property
    def masks(self) -> np.ndarray:
        """bool `(n, height, width)`: a new array each time, and a large one.

        It is not kept, and changing it does not change the instances. Ask
        once rather than in a loop; `instances[i].masks[0]` is a single one.
        """
        return self.compact_masks.to_dense()

    @property
    def areas(self) -> np.ndarray:
        """`(n,)` int64: pixels of each mask."""
        return self.compact_masks.areas

    @property
    def centers(self) -> np.ndarray:
        """`(n, 2)` float64 x, y: the mean of each mask's pixels.

        In the frame of the boxes: the centre of the image's first pixel is at
        0.5, 0.5, and that of a rectangle is the middle of its box. NaN for an
        empty mask.
        """
        return self.compact_masks.centers
