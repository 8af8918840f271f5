"""Instances of one frame after the other become tracks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from keras_solo.data.instances import Instances
from keras_solo.inference.placed_masks import (
    PlacedMask,
    common_areas,
    placed_masks,
)
from keras_solo.inference.track_matching import (
    assigned,
    overlap_affinity,
    place_affinity,
)
from keras_solo.inference.track_motion import Track

Affinity: TypeAlias = Callable[[list[int], list[int]], np.ndarray]
# The mask IoU of two instances that are one object, found twice.
TWICE = 0.5


@dataclasses.dataclass(frozen=True)
class Tracker:
    """How instances of one frame are found again in the next.

    Each track says where its mask should be: as far on as it moved before.
    Instances are assigned to tracks so that the sum of the mask IoUs is the
    largest, less for another colour; those of at least `min_score` choose
    first. What is left is looked for by its place: what is hidden in part,
    and what was lost, is near where it should be, or within.

    Args:
        min_iou: The least mask IoU of an instance with where a track should
            be.
        lost_for: Seconds after which a track that is not seen ends. Until
            then it is found again where it should be.
        min_score: The least score of an instance that begins a track. Tracks
            that there are go on in instances of any score.
        by_class: Whether an object keeps its class.

    Raises:
        ValueError: If a setting is out of its range.

    Example:

    >>> masks = np.zeros((3, 1, 20, 30), bool)
    >>> for number, mask in enumerate(masks):
    ...     mask[0, 5:15, 5 + 3 * number : 15 + 3 * number] = True
    >>> frames = [Instances(mask, labels=[0]) for mask in masks]
    >>> tracked = track(zip([0.0, 0.1, 0.2], frames))
    >>> [found.track_ids.tolist() for found in tracked]
    [[1], [1], [1]]
    """

    min_iou: float = 0.3
    lost_for: float = 1.0
    min_score: float = 0.5
    by_class: bool = True

    def __post_init__(self) -> None:
        for name in ("min_iou", "min_score"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(
                    f"Expected {name} from 0 to 1. Received: {name}={value}"
                )
        if not 0 <= self.lost_for < math.inf:
            raise ValueError(
                "Expected lost_for of at least 0 seconds. "
                f"Received: lost_for={self.lost_for}"
            )


def track(
    frames: Iterable[tuple[float, Instances]], tracker: Tracker | None = None
) -> Iterator[Instances]:
    """Gives the instances of a video the numbers of their tracks.

    Args:
        frames: The time of each frame in seconds, in ascending order, and its
            instances. Their images, where they have them, tell objects apart
            that hide one another.
        tracker: Settings.

    Yields:
        The same instances with `track_ids`: 1, 2, 3, ... in the order in which
        tracks begin, -1 for an instance that is on none: one of a low score
        where no track is, or an object found twice.

    Raises:
        ValueError: If a time is before the one before it.
    """
    tracks = Tracks(Tracker() if tracker is None else tracker)
    for time, instances in frames:
        yield tracks.update(time, instances)


class Tracks:
    """The tracks of one video, as they are by now.

    Args:
        tracker: Settings.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.tracks: list[Track] = []
        self._begun = 0
        self._time = -math.inf

    def update(self, time: float, instances: Instances) -> Instances:
        """Goes on by a frame.

        Args:
            time: Seconds.
            instances: What was found in it.

        Returns:
            The instances with `track_ids`.
        """
        if not time >= self._time:
            raise ValueError(
                "Expected frames in the order of their times. Received: "
                f"{time} seconds after {self._time}"
            )
        # What was seen in the frame before goes on, however long ago that is.
        last = min(time - self.tracker.lost_for, self._time)
        self.tracks = [one for one in self.tracks if one.time >= last]
        self._time = time
        frame = _Frame(time, instances, self.tracks, self.tracker)
        frame.match()
        for i, j in frame.pairs.items():
            patience = self.tracker.lost_for
            self.tracks[i].see(frame.masks[j], time, patience)
        ids = np.full(len(instances), -1)
        for i, j in frame.pairs.items():
            ids[j] = self.tracks[i].number
        for j in frame.beginnings():
            ids[j] = self._begin(j, frame)
        return dataclasses.replace(instances, track_ids=ids)

    def _begin(self, number: int, frame: _Frame) -> int:
        self._begun += 1
        label = int(frame.instances.labels[number])
        mask = frame.masks[number]
        self.tracks.append(Track(self._begun, label, mask, frame.time))
        return self._begun


class _Frame:
    """A new frame: which of its instances are on which of the tracks."""

    def __init__(
        self,
        time: float,
        instances: Instances,
        tracks: list[Track],
        tracker: Tracker,
    ) -> None:
        self.time, self.instances = time, instances
        self.tracks, self.tracker = tracks, tracker
        self.masks = placed_masks(instances)
        expected = [one.expected(time) for one in tracks]
        self.wholes = [whole for whole, _ in expected]
        self.seen = [seen for _, seen in expected]
        self.pairs: dict[int, int] = {}
        self.free = {j for j, mask in enumerate(self.masks) if mask.area}

    def match(self) -> None:
        """Sure ones first, then those of a low score, then the hidden."""
        scores = self.instances.scores
        sure = {j for j in self.free if scores[j] >= self.tracker.min_score}
        self._match(sure, self._overlap)
        self._match(self.free, self._overlap)
        self._match(self.free, self._place)

    def _match(self, some: set[int], affinity: Affinity) -> None:
        """Assigns some of the instances to tracks that have none."""
        rows = [i for i in range(len(self.tracks)) if i not in self.pairs]
        columns = sorted(some & self.free)
        table = affinity(rows, columns)
        if self.tracker.by_class:
            ours = np.array([self.tracks[i].label for i in rows])
            theirs = self.instances.labels[columns]
            table[ours[:, None] != theirs[None, :]] = -np.inf
        for i, j in assigned(table):
            self.pairs[rows[i]] = columns[j]
        self.free -= set(self.pairs.values())
        self._drop_doubles()

    def _overlap(self, rows: list[int], columns: list[int]) -> np.ndarray:
        found = [self.masks[j] for j in columns]
        # What is hidden in part is like it was, or as much as it ever was.
        tables = [
            overlap_affinity(
                [masks[i] for i in rows], found, self.tracker.min_iou
            )
            for masks in (self.wholes, self.seen)
        ]
        return np.maximum(*tables)

    def _place(self, rows: list[int], columns: list[int]) -> np.ndarray:
        expected = [self.wholes[i] for i in rows]
        found = [self.masks[j] for j in columns]
        whole = np.array([self.tracks[i].area for i in rows], np.float64)
        return place_affinity(expected, found, whole)

    def _drop_doubles(self) -> None:
        """What has been found twice is free for no track."""
        taken = [self.masks[j] for j in self.pairs.values()]
        left = sorted(self.free)
        doubles = is_double([self.masks[j] for j in left], taken)
        self.free -= {j for j, one in zip(left, doubles, strict=True) if one}

    def beginnings(self) -> list[int]:
        """Instances that begin a track."""
        scores = self.instances.scores
        least = self.tracker.min_score
        return [j for j in sorted(self.free) if scores[j] >= least]


def is_double(
    some: Sequence[PlacedMask], others: Sequence[PlacedMask]
) -> np.ndarray:
    """Whether masks are nearly those of others.

    Args:
        some: `n` masks.
        others: `m` masks.

    Returns:
        `(n,)` bool.
    """
    common = common_areas(some, others)
    areas = [np.array([one.area for one in ones]) for ones in (some, others)]
    union = areas[0][:, None] + areas[1][None, :] - common
    return (common > TWICE * union).any(axis=1)
