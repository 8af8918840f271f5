"""Shapes that move and hide one another, and where each of them truly is.

The shapes look like those of `ShapesDataset`, on which the packaged preset is
trained. Nobody that tracks them knows where they go.
"""

import dataclasses

import cv2
import numpy as np

from keras_solo.data.shapes import SHAPES

# What is visible of less than so much is hidden, for a crossing.
CLEAR = 0.8
# Two shapes cross when one hides so much of the other.
HIDDEN = 0.2


@dataclasses.dataclass
class Shape:
    """A shape that goes straight on, and turns back at the walls."""

    kind: str
    radius: float
    place: np.ndarray
    step: np.ndarray
    angle: float
    turn: float
    color: np.ndarray

    def go(self, size):
        self.place = self.place + self.step
        self.angle += self.turn
        for axis, side in enumerate(size[::-1]):
            low, high = self.radius, side - self.radius
            if not low <= self.place[axis] <= high:
                self.step[axis] *= -1
                self.place[axis] = np.clip(self.place[axis], low, high)

    def mask(self, size):
        x = np.arange(size[1]) + 0.5 - self.place[0]
        y = np.arange(size[0])[:, None] + 0.5 - self.place[1]
        if self.kind == "circle":
            return x * x + y * y <= self.radius**2
        u = np.cos(self.angle) * x + np.sin(self.angle) * y
        v = np.cos(self.angle) * y - np.sin(self.angle) * x
        if self.kind == "rectangle":
            return (abs(u) <= self.radius * 0.9) & (abs(v) <= self.radius * 0.7)
        return np.logical_and.reduce(
            [
                np.cos(turn) * u + np.sin(turn) * v <= self.radius * 0.55
                for turn in (0, 2 * np.pi / 3, 4 * np.pi / 3)
            ]
        )


@dataclasses.dataclass
class Scene:
    """A video in memory.

    Args:
        frames: uint8 RGB `(frames, height, width, 3)`.
        visible: bool `(frames, shapes, height, width)`, what is in sight.
        whole: The same, as if nothing hid anything.
    """

    frames: np.ndarray
    visible: np.ndarray
    whole: np.ndarray
    labels: list


def moving_shapes(seed, count=100, size=(192, 192), shapes=6, speed=(2, 4)):
    """Draws shapes that go anywhere, in piles too, and hide one another."""
    rng = np.random.default_rng([seed, 77])
    base = rng.uniform(40, 215, 3)
    moving = [_shape(rng, base, size, speed) for _ in range(shapes)]
    return _scene(rng, base, moving, count, size)


class Swinging(Shape):
    """A shape that swings from one side to the other, in its lane."""

    frame = 0

    def go(self, size):
        self.frame += 1
        way = 2 * np.pi * self.frame / 50 + self.turn
        reach = size[1] / 2 - self.radius
        x = size[1] / 2 + self.step[0] * reach * np.cos(way)
        self.place = np.array([x, self.place[1]])


def swinging_shapes(seed, lanes=5, count=100, size=(240, 240)):
    """Draws two shapes in each lane that pass one another every 25 frames."""
    rng = np.random.default_rng([seed, 78])
    base = rng.uniform(40, 215, 3)
    moving = []
    for lane in range(lanes):
        y = (lane + 0.5) * size[0] / lanes
        turn = rng.uniform(-0.6, 0.6)
        for side in (-1, 1):
            one = _shape(rng, base, size, (1, 1))
            half = size[0] / lanes / 2
            shape = Swinging(
                one.kind,
                rng.uniform(0.8, 0.95) * half,
                np.array([0, y]),
                np.array([side * rng.uniform(0.85, 1), 0]),
                one.angle,
                turn,
                one.color,
            )
            shape.go(size)
            moving.append(shape)
    return _scene(rng, base, moving, count, size)


def _scene(rng, base, moving, count, size):
    background = _background(rng, base, size)
    frames, whole = [], []
    for _ in range(count):
        masks = np.stack([shape.mask(size) for shape in moving])
        image = background.copy()
        for shape, mask in zip(moving, masks, strict=True):
            image[mask] = shape.color
        image = cv2.GaussianBlur(image, (0, 0), 0.5)
        image += rng.normal(0, 4, image.shape)
        frames.append(np.clip(np.rint(image), 0, 255).astype(np.uint8))
        whole.append(masks)
        for shape in moving:
            shape.go(size)
    whole = np.stack(whole)
    visible = whole.copy()
    for number in range(len(moving) - 1):
        visible[:, number] &= ~whole[:, number + 1 :].any(axis=1)
    labels = [SHAPES.index(shape.kind) for shape in moving]
    return Scene(np.stack(frames), visible, whole, labels)


def _shape(rng, base, size, speed):
    radius = rng.uniform(0.1, 0.16) * min(size)
    way = rng.uniform(0, 2 * np.pi)
    color = rng.uniform(0, 255, 3)
    while np.linalg.norm(color - base) < 90:
        color = rng.uniform(0, 255, 3)
    return Shape(
        kind=SHAPES[rng.integers(3)],
        radius=radius,
        place=rng.uniform(radius, np.array(size[::-1]) - radius),
        step=rng.uniform(*speed) * np.array([np.cos(way), np.sin(way)]),
        angle=rng.uniform(0, 2 * np.pi),
        turn=rng.uniform(-0.05, 0.05),
        color=color,
    )


def _background(rng, base, size):
    coarse = (base + rng.normal(0, 18, (4, 4, 3))).astype(np.float32)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


def crossings(scene):
    """Each time that one shape hides another, and is past it.

    Returns:
        (first shape, second shape, frame before, frame after): of both at
        least 80 % are in sight in these frames.
    """
    areas = scene.whole.sum(axis=(2, 3))
    seen = scene.visible.sum(axis=(2, 3)) / areas
    found = []
    for back in range(areas.shape[1]):
        for front in range(back + 1, areas.shape[1]):
            both = scene.whole[:, back] & scene.whole[:, front]
            hides = both.sum(axis=(1, 2)) / areas[:, back]
            clear = (seen[:, [back, front]] >= CLEAR).all(axis=1)
            found += _passes(back, front, hides, clear)
    return found


def _passes(back, front, hides, clear):
    """Between two clear frames without overlap, an overlap that hides."""
    apart = np.flatnonzero(clear & (hides == 0)).tolist()
    for before, after in zip(apart, apart[1:], strict=False):
        if hides[before:after].max() >= HIDDEN:
            yield back, front, before, after


def track_table(scene, tracked):
    """The track of each shape in each frame, -1 where it has none.

    Args:
        scene: The truth.
        tracked: Instances of its frames, with tracks.

    Returns:
        int64 `(frames, shapes)`: of the instance that covers it best, with an
        IoU of at least 0.5.
    """
    table = np.full(scene.visible.shape[:2], -1)
    for row, visible, instances in zip(
        table, scene.visible, tracked, strict=True
    ):
        on_track = instances[instances.track_ids > 0]
        masks = on_track.masks
        for number, mask in enumerate(visible):
            common = (masks & mask).sum(axis=(1, 2))
            iou = common / np.maximum((masks | mask).sum(axis=(1, 2)), 1)
            if len(iou) and iou.max() >= 0.5:
                row[number] = on_track.track_ids[iou.argmax()]
    return table


def kept_identities(scene, tracked, near=12):
    """Whether both shapes of each crossing have the tracks of before.

    Of before is the last track that a shape had until then, of after the first
    that it has from then on, within so many frames: what is not found in a
    frame is no other object in the next.
    """
    table = track_table(scene, tracked)

    def track(frames, number):
        known = frames[frames[:, number] > 0, number]
        return known[0] if len(known) else None

    def is_kept(number, before, after):
        start = max(0, before - near)
        first = track(table[start : before + 1][::-1], number)
        return first is not None and first == track(
            table[after : after + near + 1], number
        )

    return [
        is_kept(back, before, after) and is_kept(front, before, after)
        for back, front, before, after in crossings(scene)
    ]
