"""Matrix NMS over masks of any image: of pairs that meet, by their runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.column_runs import Runs, run_places
from keras_solo.layers.nms_matrix import KERNELS

# Runs of masks that are sorted together.
RUNS = 1 << 16
# Meetings of two runs that are looked at together.
PIECE = 1 << 18


def overlapping_pairs(
    masks: CompactMasks, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of masks that share pixels.

    Time follows the runs and the meetings of two of them: with runs sorted by
    their starts, a run meets those after it that start before it stops, and
    no others. Masks are taken some at a time, from the left of the image to
    its right, with those before that reach as far: so memory follows what
    lies side by side, and the pairs. There is no `(n, n)` array, and no pixel.

    Args:
        masks: n masks of one image.
        labels: `(n,)` integers. Where they are given, only masks of the same
            label are pairs.

    Returns:
        `(first, second, iou)`: int64 `(p,)` places among the masks, each pair
        once with `first < second`, sorted; and float64 `(p,)` IoU, above 0.

    Example:

    >>> dense = np.array([[[1, 1, 1, 0]], [[0, 1, 1, 1]], [[0, 0, 0, 1]]], bool)
    >>> pairs = overlapping_pairs(CompactMasks.from_dense(dense))
    >>> [array.tolist() for array in pairs]
    [[0, 1], [1, 2], [0.5, 0.3333333333333333]]
    """
    count, (height, width) = len(masks), masks.size
    groups = np.zeros(count, np.int64)
    if labels is not None:
        groups = np.unique(labels, return_inverse=True)[1].reshape(-1)
    # Masks that are not to meet are kept away from each other.
    offsets = groups * (height * width)
    pairs, shared = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for members, known in _side_by_side(masks, offsets):
        low, high, pixels = _met(masks, offsets, members, known)
        pairs.append(low * count + high)
        shared.append(pixels)
    sums = np.concatenate(shared)
    order = np.argsort(keys := np.concatenate(pairs))
    first, second = np.divmod(keys[order], max(count, 1))
    areas = masks.areas
    iou = sums[order] / (areas[first] + areas[second] - sums[order])
    return first, second, iou


def _side_by_side(
    masks: CompactMasks, offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, int]]:
    """Places of masks that may meet, and how many of them were there before.

    All masks come once as new ones, by their first pixels.
    """
    begin, end = _reach(masks, offsets)
    order = np.argsort(begin, kind="stable")
    order = order[end[order] > begin[order]]  # without empty masks
    runs = np.cumsum([len(masks.runs[index]) for index in order.tolist()])
    before = np.zeros(0, np.int64)
    left = done = 0
    while left < len(order):
        right = int(np.searchsorted(runs, done + RUNS, side="right"))
        right = max(right, left + 1)
        before = before[end[before] > begin[order[left]]]
        members = np.concatenate([before, order[left:right]])
        yield members, len(before)
        before, left, done = members, right, int(runs[right - 1])


def _reach(
    masks: CompactMasks, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The first pixel of each mask, and the one after its last."""
    total = masks.size[0] * masks.size[1]
    begin, end = offsets.copy(), offsets + total
    for index, runs in enumerate(masks.runs):
        if len(runs) > 1:
            begin[index] += int(runs[0])
            end[index] -= int(runs[-1]) if len(runs) % 2 else 0
        else:
            end[index] = begin[index]
    return begin, end


def _met(
    masks: CompactMasks, offsets: np.ndarray, members: np.ndarray, known: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs with one of the new members, the lower place first; what they
    share."""
    runs = [masks.runs[index] for index in members.tolist()]
    starts, stops, owners = _sorted_runs(runs, offsets[members])
    pairs, shared = _shared_pixels(starts, stops, owners, len(members))
    one, other = np.divmod(pairs, len(members))
    new = other >= known
    one, other = members[one[new]], members[other[new]]
    return np.minimum(one, other), np.maximum(one, other), shared[new]


def _sorted_runs(
    runs: Sequence[Runs], offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts and stops of all runs inside, and whose they are, by starts."""
    places = [run_places(one) for one in runs]
    counts = [len(starts) for starts, _ in places]
    owners = np.repeat(np.arange(len(runs)), counts)
    starts = np.concatenate([starts for starts, _ in places])
    stops = np.concatenate([stops for _, stops in places])
    order = np.argsort(starts + offsets[owners], kind="stable")
    owners = owners[order]
    offsets = offsets[owners]
    return starts[order] + offsets, stops[order] + offsets, owners


def _shared_pixels(
    starts: np.ndarray, stops: np.ndarray, owners: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """`first * count + second` of masks that meet, and what they share."""
    meetings = np.searchsorted(starts, stops, side="left")
    meetings -= np.arange(1, len(starts) + 1)
    ends = np.cumsum(meetings)
    pairs, shared = np.zeros(0, np.int64), np.zeros(0, np.int64)
    left = done = 0
    while left < len(starts):
        right = int(np.searchsorted(ends, done + PIECE, side="right"))
        right = max(right, left + 1)
        one, other = _meetings(left, meetings[left:right])
        low = np.minimum(owners[one], owners[other])
        high = np.maximum(owners[one], owners[other])
        pixels = np.minimum(stops[one], stops[other]) - starts[other]
        pairs, shared = _summed(
            np.concatenate([pairs, low * count + high]),
            np.concatenate([shared, pixels]),
            count * count,
        )
        left, done = right, int(ends[right - 1])
    return pairs, shared


def _meetings(left: int, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Runs from `left` on, each with so many of those right after it."""
    one = np.repeat(np.arange(left, left + len(counts)), counts)
    before = np.cumsum(counts) - counts
    other = one + 1 + np.arange(len(one)) - np.repeat(before, counts)
    return one, other


def _summed(
    pairs: np.ndarray, pixels: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Each pair once, in ascending order, with the sum of its pixels.

    float64 holds pixels exactly, up to 2^53 of them. Where there are no more
    possible pairs than meetings, nothing is sorted.
    """
    if most <= len(pairs):
        sums = np.bincount(pairs, pixels, most)
        pairs = np.flatnonzero(sums)
        return pairs, sums[pairs].astype(np.int64)
    pairs, inverse = np.unique(pairs, return_inverse=True)
    sums = np.bincount(inverse.reshape(-1), pixels, len(pairs))
    return pairs, sums.astype(np.int64)


def decay_pairs(
    first: np.ndarray,
    second: np.ndarray,
    iou: np.ndarray,
    scores: np.ndarray,
    kernel: str = "gaussian",
    sigma: float = 2.0,
) -> np.ndarray:
    """Matrix NMS from the pairs that meet.

    What does not meet takes nothing from a score, so the result is that of
    `keras_solo.layers.matrix_nms` on dense masks; see there for the rule.

    Args:
        first: `(p,)` integers, places among the scores; `second` likewise.
            Each pair stands there once.
        second: The other one of each pair.
        iou: `(p,)` IoU of each pair, 0 to 1.
        scores: `(n,)` scores.
        kernel: `"gaussian"` or `"linear"`.
        sigma: The steepness of the gaussian kernel.

    Returns:
        float32 `(n,)` scores, in the same order.

    Raises:
        ValueError: If there is no such kernel.

    Example:

    >>> pairs = np.array([0]), np.array([1]), np.array([1.0])
    >>> decay_pairs(*pairs, np.array([0.5, 0.75]), "linear").tolist()
    [0.0, 0.75]

    Source: SOLOv2 (arXiv:2003.10152) section 3.3.
    """
    if kernel not in KERNELS:
        raise ValueError(
            f"Expected kernel to be one of {KERNELS}. Received: {kernel!r}"
        )
    first, second = np.asarray(first, np.int64), np.asarray(second, np.int64)
    scores = np.asarray(scores, np.float32)
    iou = np.asarray(iou, np.float64)
    better, worse = _ranked(first, second, scores)
    worst = np.zeros(len(scores))
    np.maximum.at(worst, worse, iou)
    worst = worst[better]
    if kernel == "gaussian":
        factors = np.exp(-sigma * (iou * iou - worst * worst))
    else:
        # Whatever a duplicate would suppress, its better one does as much.
        left = np.maximum(1.0 - worst, 1e-7)
        factors = np.where(worst < 1.0, (1.0 - iou) / left, 1.0)
    decay = np.ones(len(scores))
    np.minimum.at(decay, worse, factors)
    return (scores * decay).astype(np.float32)


def suppress_pairs(
    first: np.ndarray,
    second: np.ndarray,
    iou: np.ndarray,
    scores: np.ndarray,
    iou_threshold: float = 0.5,
) -> np.ndarray:
    """Hard NMS from the pairs that meet, see `keras_solo.layers.hard_nms`.

    Args:
        first: `(p,)` integers, places among the scores.
        second: The other one of each pair.
        iou: `(p,)` IoU of each pair, 0 to 1.
        scores: `(n,)` scores.
        iou_threshold: What a better one that stays overlaps by more goes.

    Returns:
        float32 `(n,)` scores, in the same order, 0 for what goes.

    Example:

    >>> pairs = np.array([0, 1]), np.array([1, 2]), np.array([0.9, 0.9])
    >>> suppress_pairs(*pairs, np.array([0.75, 0.5, 0.25])).tolist()
    [0.75, 0.0, 0.25]
    """
    scores = np.asarray(scores, np.float32)
    much = np.asarray(iou) > iou_threshold
    better, worse = _ranked(first[much], second[much], scores)
    kept = np.ones(len(scores), bool)
    while True:
        stays = np.ones(len(scores), bool)
        stays[worse[kept[better]]] = False
        if (stays == kept).all():
            return np.where(kept, scores, np.float32(0))
        kept = stays


def _ranked(
    first: np.ndarray, second: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The better and the worse one of each pair; of equal ones the first."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    swapped = scores[high] > scores[low]
    return np.where(swapped, high, low), np.where(swapped, low, high)
