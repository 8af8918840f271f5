"""Colours that tell instances apart, the same on every run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GOLDEN_RATIO = 0.6180339887
# Blue: often the first class is "person", and skin is orange.
FIRST_HUE = 0.69
# Colours that neighbours choose from, and how far apart is far enough.
HUES, FAR = 12, 0.25
NO_TRACK = 150


def instance_colors(labels: npt.ArrayLike) -> np.ndarray:
    """One colour per instance: the hue says the class, its shade the instance.

    Hues go round the circle by the golden ratio, so that any few classes are
    far apart; instances of one class differ in lightness and a little in hue.
    Colours are of like brightness to the eye (OKLCH), whatever their hue.

    Args:
        labels: `(n,)` integers, the class of each instance.

    Returns:
        uint8 array `(n, 3)`, RGB.

    Example:

    >>> instance_colors([0, 0, 3]).shape
    (3, 3)
    """
    labels = np.asarray(labels, np.int64).reshape(-1)
    rank = _rank_within_class(labels)
    shade = np.mod(rank * GOLDEN_RATIO + 0.5, 1.0) - 0.5
    tint = np.mod(rank * GOLDEN_RATIO**2 + 0.5, 1.0) - 0.5
    hue = FIRST_HUE + labels * GOLDEN_RATIO + 0.15 * tint
    return _oklch_to_rgb(0.70 + 0.24 * shade, 0.17, hue)


def neighbour_colors(windows: npt.ArrayLike) -> np.ndarray:
    """One colour per instance, by which it differs from those beside it.

    Each takes the hue that is farthest from those of the instances before it
    that touch it, or nearly do: a quarter of the circle is far enough.

    Args:
        windows: `(n, 4)` xyxy, the box of each instance in pixels.

    Returns:
        uint8 array `(n, 3)`, RGB.

    Example:

    >>> neighbour_colors([[0, 0, 9, 9], [5, 5, 20, 20]]).shape
    (2, 3)
    """
    boxes = np.asarray(windows, np.float64).reshape(-1, 4)
    near = _near(boxes)
    palette = np.mod(FIRST_HUE + np.arange(HUES) * GOLDEN_RATIO, 1.0)
    hues = np.zeros(len(boxes))
    for i in range(len(boxes)):
        # Without neighbours as by the golden ratio, one after the other.
        candidates = np.roll(palette, -i)
        others = hues[:i][near[i, :i]]
        turns = np.abs(candidates[:, None] - others[None, :])
        turns = np.minimum(turns, 1.0 - turns)
        apart = np.minimum(turns.min(axis=1, initial=FAR), FAR)
        hues[i] = candidates[apart.argmax()]
    shade = np.mod(np.arange(len(boxes)) * GOLDEN_RATIO + 0.5, 1.0) - 0.5
    return _oklch_to_rgb(0.70 + 0.12 * shade, 0.17, hues)


def track_colors(track_ids: npt.ArrayLike) -> np.ndarray:
    """The colour of each track, the same wherever its number comes.

    Args:
        track_ids: `(n,)` integers; grey for those below 0, which are none.

    Returns:
        uint8 array `(n, 3)`, RGB.

    Example:

    >>> colors = track_colors([7, 2, 7])
    >>> bool((colors[0] == colors[2]).all())
    True
    """
    ids = np.asarray(track_ids, np.int64).reshape(-1)
    shade = np.mod(ids * GOLDEN_RATIO**2 + 0.5, 1.0) - 0.5
    hues = np.mod(FIRST_HUE + ids * GOLDEN_RATIO, 1.0)
    colors = _oklch_to_rgb(0.70 + 0.16 * shade, 0.17, hues)
    colors[ids < 0] = NO_TRACK
    return colors


def _near(boxes: np.ndarray) -> np.ndarray:
    """`(n, n)` whether two boxes touch when they are a little larger."""
    margin = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0) / 10
    first = boxes[:, :2] - margin[:, None]
    last = boxes[:, 2:] + margin[:, None]
    before = first[:, None] <= last[None, :]
    return (before & before.transpose(1, 0, 2)).all(axis=2)


def readable_on(color: npt.ArrayLike) -> tuple[int, int, int]:
    """Black or white RGB, whichever is easier to read on `color`."""
    linear = (np.asarray(color, np.float64) / 255.0) ** 2.2
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return (16, 16, 16) if luminance > 0.3 else (255, 255, 255)


def lighter(color: npt.ArrayLike, amount: float = 0.35) -> tuple[int, int, int]:
    """`color` mixed with white."""
    mixed = np.asarray(color, np.float64) * (1 - amount) + 255.0 * amount
    red, green, blue = (int(channel) for channel in np.rint(mixed))
    return red, green, blue


def _rank_within_class(labels: np.ndarray) -> np.ndarray:
    """0 for the first instance of its class, 1 for the second, ..."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels)) - starts
    return rank


def _oklch_to_rgb(
    lightness: np.ndarray, chroma: float, hue: np.ndarray
) -> np.ndarray:
    """OKLCH (hue in turns) to uint8 sRGB.

    Source: Björn Ottosson, "A perceptual color space for image processing".
    """
    angle = 2.0 * np.pi * hue
    a, b = chroma * np.cos(angle), chroma * np.sin(angle)
    cones = np.stack(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ],
        axis=-1,
    )
    to_linear_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(cones**3 @ to_linear_rgb.T, 0.0, 1.0)
    gamma = np.where(
        linear <= 0.0031308,
        12.92 * linear,
        1.055 * linear ** (1 / 2.4) - 0.055,
    )
    return np.rint(255.0 * gamma).astype(np.uint8)
