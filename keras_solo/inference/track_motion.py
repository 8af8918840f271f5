"""One object of a video: where it was seen, and where it should be next."""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_solo.inference.placed_masks import PlacedMask

# Of what is less than so much of the whole, the rest is behind something.
WHOLE = 0.8
# How much a new frame tells of velocity, and of the whole area and colour.
NEW_VELOCITY, NEW_LOOKS = 0.4, 0.1


@dataclasses.dataclass
class Track:
    """An object that is followed.

    While a part of it is hidden, its whole goes on as fast as before, moved no
    farther than so that it still covers what is in sight: the centre and the
    size of this alone would tell them wrong.

    Args:
        number: Its id.
        label: Its class.
        whole: Its mask as it was last seen whole, moved to where it is.
        time: When it was last seen, seconds.
    """

    number: int
    label: int
    whole: PlacedMask
    time: float

    def __post_init__(self) -> None:
        self.seen: PlacedMask = (
            self.whole
        )  # as it was last seen, in part or whole
        self.velocity: np.ndarray = np.zeros(2)  # pixels a second
        self.area: float = float(self.whole.area)  # of the whole
        self.whole_time: float = self.time  # when it was last seen whole
        self.steps: int = 0

    def expected(self, time: float) -> tuple[PlacedMask, PlacedMask]:
        """Where its whole should be at a time, and what was last in sight.

        Args:
            time: Seconds.
        """
        by = self.velocity * (time - self.time)
        return self.whole.moved(by), self.seen.moved(by)

    def see(self, found: PlacedMask, time: float, patience: float) -> None:
        """Takes what was found for this object.

        Args:
            found: Its mask in the new frame.
            time: Of that frame, seconds.
            patience: Seconds after which what is in sight is the whole.
        """
        whole, _ = self.expected(time)
        hidden = found.area < WHOLE * self.area
        if hidden and time - self.whole_time <= patience:
            off = covering(whole, found)
            self.whole = whole.moved(off)
        else:
            off = found.center - whole.center
            self._see_whole(found, time)
        if time > self.time:
            # The first step alone says all that is known.
            part = NEW_VELOCITY if self.steps else 1.0
            self.velocity = self.velocity + part * off / (time - self.time)
            self.steps += 1
        self.seen, self.time = found, time

    def _see_whole(self, found: PlacedMask, time: float) -> None:
        color = found.color
        if color is not None and self.whole.color is not None:
            color = self.whole.color + NEW_LOOKS * (color - self.whole.color)
        if found.area < WHOLE * self.area:
            self.area = float(found.area)
        self.area += NEW_LOOKS * (found.area - self.area)
        self.whole = dataclasses.replace(found, color=color)
        self.whole_time = time


def covering(whole: PlacedMask, part: PlacedMask) -> np.ndarray:
    """How far a mask must move for its box to cover that of a part.

    Args:
        whole: The mask that moves.
        part: No larger than it is, else their middles meet.

    Returns:
        float64 x, y in pixels.
    """
    moves = []
    for start, other, axis in ((whole.x, part.x, 1), (whole.y, part.y, 0)):
        least = other + part.crop.shape[axis] - whole.crop.shape[axis] - start
        most = other - start
        middle = (least + most) / 2
        moves.append(np.clip(0, least, most) if least <= most else middle)
    return np.array(moves, np.float64)
