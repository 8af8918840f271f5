import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.tiles import tiles
from keras_solo.inference.large_objects import (
    WHOLE,
    are_large,
    joined_objects,
    with_large,
)
from keras_solo.inference.stitching import Objects
from tests.inference.some_fragments import square

SIZE = (10, 25)


def objects_of(*rows):
    """Of `(mask, label, score, tile, cut)`."""
    masks, labels, scores, owners, cut = (
        [row[place] for row in rows] for place in range(5)
    )
    return Objects(
        CompactMasks.from_dense(np.array(masks, bool).reshape(-1, *SIZE)),
        np.array(labels, np.int32),
        np.array(scores, np.float32),
        [frozenset([one]) for one in owners],
        np.array(cut, bool),
    )


def large(x1, x2, score=0.9, label=0):
    return objects_of((square(SIZE, x1, x2), label, score, WHOLE, False))


def test_none():
    none = objects_of()
    assert are_large(none.masks, tiles(SIZE, SIZE, 0), 2).tolist() == []
    assert len(with_large(none, none).labels) == 0
    assert with_large(none, large(0, 20)).labels.tolist() == [0]


def test_large_is_what_no_tile_sees_whole():
    """Tiles see columns 0 to 10, 7 to 17 and 15 to 25."""
    masks = [
        square(SIZE, *span)
        for span in ((0, 8), (0, 9), (9, 15), (17, 25), (16, 25), (0, 25))
    ]
    found = CompactMasks.from_dense(np.stack([*masks, square(SIZE, 0, 0)]))
    want = [False, True, False, False, True, True, False]
    assert are_large(found, tiles(SIZE, (10, 10), 0.2), 2).tolist() == want


def test_parts_of_it_go():
    found = objects_of(
        (square(SIZE, 2, 10), 0, 0.9, 0, True),
        (square(SIZE, 7, 17), 1, 0.9, 1, True),
        (square(SIZE, 3, 5), 0, 0.9, 0, False),
        (square(SIZE, 19, 25), 0, 0.9, 2, True),
    )
    both = with_large(found, large(0, 20))
    assert both.labels.tolist() == [1, 0, 0, 0]
    assert [x for x, *_ in both.masks.windows] == [7, 3, 19, 0]


def test_parts_that_are_far_better_stay():
    found = objects_of((square(SIZE, 2, 10), 0, 0.9, 0, True))
    assert len(with_large(found, large(0, 20, 0.4)).labels) == 2
    assert len(with_large(found, large(0, 20, 0.5)).labels) == 1


def test_what_tiles_found_together_is_finer():
    found = objects_of((square(SIZE, 0, 19), 0, 0.8, 0, False))
    both = with_large(found, large(0, 20))
    assert [x for _, _, x, _ in both.masks.windows] == [19]


def test_joined():
    both = joined_objects(large(0, 20), large(3, 25, label=1))
    assert both.labels.tolist() == [0, 1] and len(both.tiles) == 2
