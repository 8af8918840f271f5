"""Whole objects from what tiles found of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.column_parts import (
    joined_parts,
    parts_outside,
    parts_runs,
)
from keras_solo.geometry.column_runs import Runs
from keras_solo.inference.fragments import Fragments, is_inside
from keras_solo.inference.seams import AGREEMENT, Seams

# A whole mask is nearly as large as any other of its object.
WHOLE_PART = 0.95
# A rest lies mostly in what another tile found,
COVERED_PART = 0.5
# whose score is at least this part of its own.
SCORE_PART = 0.5


@dataclasses.dataclass(frozen=True)
class Objects:
    """Objects of an image, and which tiles saw them.

    Args:
        masks: n masks.
        labels: `(n,)` integers.
        scores: `(n,)` float32.
        tiles: For each the tiles that found it.
        cut: bool `(n,)`: those that a border of all these tiles cuts.
    """

    masks: CompactMasks
    labels: np.ndarray
    scores: np.ndarray
    tiles: list[frozenset[int]]
    cut: np.ndarray

    def __getitem__(self, kept: np.ndarray) -> Objects:
        return Objects(
            self.masks[kept],
            self.labels[kept],
            self.scores[kept],
            [self.tiles[i] for i in np.arange(len(self.tiles))[kept]],
            self.cut[kept],
        )


def stitched(
    fragments: Fragments, groups: Sequence[list[int]], seams: Seams
) -> Objects:
    """Makes one object of each group.

    Where a tile sees it whole, its mask and its score are the object's: of
    several such tiles the one with the best score decides. Where every tile
    cuts it, each pixel is decided by the tile whose core it is in, if that is
    one of them, and the score is the mean, weighted by the areas.

    A detection that is cut and that nothing continues is left out if it is
    but a rest of another tile's: if it lies mostly in that, which is either
    of its class and larger, or, of any class, seen whole by a tile that agrees
    with it in the margin. Who sees all of an object knows its class better.

    Args:
        fragments: Of all tiles.
        groups: Places among them, those of one object each.
        seams: Pairs of them that share pixels.
    """
    whole, areas = fragments.whole, fragments.masks.areas
    made = [_object(fragments, group, whole, areas) for group in groups]
    firsts = [group[0] for group in groups]
    owners = fragments.owners.tolist()
    objects = Objects(
        CompactMasks(tuple(runs for runs, _ in made), fragments.masks.size),
        fragments.labels[firsts],
        np.array([score for _, score in made], np.float32),
        [frozenset(owners[i] for i in group) for group in groups],
        np.zeros(len(groups), bool),
    )
    objects = dataclasses.replace(objects, cut=_are_cut(fragments, objects))
    return objects[~_are_rests(fragments, groups, seams, objects)]


def _object(
    fragments: Fragments,
    group: list[int],
    whole: np.ndarray,
    areas: np.ndarray,
) -> tuple[Runs, float]:
    """Mask and score of one object."""
    members = np.array(group)
    scores = fragments.scores[members]
    full = whole[members] & (
        areas[members] >= WHOLE_PART * areas[members].max()
    )
    if full.any() or len(group) == 1:
        best = group[int(np.argmax(np.where(full, scores, -1.0)))]
        return fragments.masks.runs[best], float(fragments.scores[best])
    weights = np.maximum(areas[members], 1)
    return _joined(fragments, group), float(np.average(scores, weights=weights))


def _joined(fragments: Fragments, group: list[int]) -> Runs:
    """Each mask without what the cores of the others decide."""
    lines = []
    cores = [fragments.tiles[fragments.owners[i]].core for i in group]
    for place, index in enumerate(group):
        parts = fragments.parts(index)
        for core in cores[:place] + cores[place + 1 :]:
            parts = parts_outside(parts, core)
        lines.append(parts)
    return parts_runs(joined_parts(lines), fragments.masks.size)


def _are_cut(fragments: Fragments, objects: Objects) -> np.ndarray:
    """bool, one an object: those that go on beyond what its tiles see."""
    size, reach = objects.masks.size, fragments.reach
    inside = []
    for box, seen in zip(objects.masks.windows, objects.tiles, strict=True):
        windows = np.array([fragments.tiles[i].window for i in seen])
        x1, y1 = windows[:, :2].min(axis=0).tolist()
        x2, y2 = windows[:, 2:].max(axis=0).tolist()
        inside.append(is_inside(box, (x1, y1, x2, y2), size, reach))
    return ~np.array(inside, bool)


def _are_rests(
    fragments: Fragments,
    groups: Sequence[list[int]],
    seams: Seams,
    objects: Objects,
) -> np.ndarray:
    """bool, one an object: those all of whose parts others explain."""
    group_of = np.zeros(len(fragments), np.int64)
    for number, group in enumerate(groups):
        group_of[group] = number
    # Each pair both ways: is `one` a rest of `other`?
    one = np.concatenate([seams.first, seams.second])
    other = np.concatenate([seams.second, seams.first])
    shared, agreement = np.tile(seams.shared, 2), np.tile(seams.agreement, 2)
    mine, theirs = group_of[one], group_of[other]
    covered = shared / np.maximum(fragments.masks.areas[one], 1)
    areas = objects.masks.areas
    same = fragments.labels[one] == fragments.labels[other]
    within = same & (areas[theirs] > areas[mine])
    seen_whole = ~objects.cut[theirs] & (agreement >= AGREEMENT)
    rest = (within | seen_whole) & (covered >= COVERED_PART)
    rest &= objects.cut[mine] & (mine != theirs)
    rest &= objects.scores[theirs] >= SCORE_PART * objects.scores[mine]
    explained = np.zeros(len(fragments), bool)
    explained[one[rest]] = True
    return np.array([explained[group].all() for group in groups], bool)
