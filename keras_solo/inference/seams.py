"""Which detections of neighbouring tiles are of one object."""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_solo.inference.fragments import Fragments, area_within
from keras_solo.inference.run_nms import overlapping_pairs

# Masks of one object agree in what both tiles see of it.
AGREEMENT = 0.5


@dataclasses.dataclass(frozen=True)
class Seams:
    """Pairs of detections of different tiles that share pixels.

    Args:
        first: `(p,)` places among the fragments.
        second: `(p,)`, the other one.
        shared: `(p,)` pixels that both set.
        agreement: `(p,)` IoU of their masks in the margin that their tiles
            share.
    """

    first: np.ndarray
    second: np.ndarray
    shared: np.ndarray
    agreement: np.ndarray


def meeting_at_seams(fragments: Fragments) -> Seams:
    """Compares the detections of tiles in the margins that these share."""
    first, second, iou = overlapping_pairs(fragments.masks)
    apart = fragments.owners[first] != fragments.owners[second]
    first, second, iou = first[apart], second[apart], iou[apart]
    areas = fragments.masks.areas
    # iou = shared / (area + area - shared)
    shared = np.rint(iou / (1 + iou) * (areas[first] + areas[second]))
    seen = _seen_by_both(fragments, first, second)
    return Seams(first, second, shared, shared / (seen - shared))


def _seen_by_both(
    fragments: Fragments, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Pixels of both masks of each pair in their tiles' common margin."""
    known: dict[tuple[int, int], int] = {}
    owners = fragments.owners.tolist()

    def seen(one: int, tile: int) -> int:
        """The pixels of a mask that another tile sees."""
        if (one, tile) not in known:
            window = fragments.tiles[tile].window
            known[one, tile] = area_within(fragments, one, window)
        return known[one, tile]

    return np.array(
        [
            seen(one, owners[other]) + seen(other, owners[one])
            for one, other in zip(first.tolist(), second.tolist(), strict=True)
        ],
        np.int64,
    )


def grouped(fragments: Fragments, seams: Seams) -> list[list[int]]:
    """Joins the detections of one object.

    Two of different tiles are of one object if they are of one class and their
    masks agree in the margin. The best pairs join first, by their agreement
    and by the lower of their scores, and no group has two detections of one
    tile: so a doubtful detection, which tiles have beside good ones, cannot
    take another's place, nor join two objects.

    Args:
        fragments: Of all tiles.
        seams: Pairs of them that share pixels.

    Returns:
        Places of the members of each group, in ascending order; the groups in
        the order of their first.
    """
    first, second = seams.first, seams.second
    fits = (seams.agreement >= AGREEMENT) & (
        fragments.labels[first] == fragments.labels[second]
    )
    first, second = first[fits], second[fits]
    scores = np.minimum(fragments.scores[first], fragments.scores[second])
    order = np.argsort(-scores * seams.agreement[fits], kind="stable")
    groups = [[index] for index in range(len(fragments))]
    owners = fragments.owners.tolist()
    for one, other in zip(first[order], second[order], strict=True):
        a, b = groups[one], groups[other]
        if {owners[i] for i in a}.isdisjoint(owners[i] for i in b):
            a.extend(b)
            for index in b:
                groups[index] = a
    return [
        sorted(group)
        for index, group in enumerate(groups)
        if index == min(group)
    ]
