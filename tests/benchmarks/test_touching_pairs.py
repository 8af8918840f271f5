"""Pairs by hand."""

import numpy as np

from keras_solo.data import ShapesDataset
from tests.benchmarks.touching_pairs import separated, touching_pairs


def bars(*starts):
    masks = np.zeros((len(starts), 4, 20), bool)
    for mask, start in zip(masks, starts, strict=True):
        mask[:, start : start + 3] = True
    return masks


def test_pairs():
    assert touching_pairs(bars()) == []
    assert touching_pairs(bars(0)) == []
    # They touch, one pixel is between, two are.
    assert touching_pairs(bars(0, 3, 7, 12)) == [(0, 1), (1, 2)]
    assert touching_pairs(bars(0, 3, 7, 12), 3.0)[-1] == (2, 3)
    assert touching_pairs(bars(5, 5)) == [(0, 1)]


class Bars:
    """A dataset of one image, whose bars touch."""

    def __iter__(self):
        yield self

    image_id = 7

    def full_masks(self):
        return bars(0, 3, 10).astype(np.uint8)


def result(mask, score=0.9):
    from keras_solo.data.masks import encode_mask

    return {"image_id": 7, "score": score, "segmentation": encode_mask(mask)}


def test_what_comes_out_as_two():
    one, other, third = bars(0, 3, 10)
    for results, want in (
        ([], 0),
        ([result(one), result(third)], 0),
        ([result(one | other)], 0),
        ([result(one), result(other)], 1),
        ([result(one), result(other, 0.2)], 0),
    ):
        assert separated(Bars(), results, 0.5) == (1, want)


def test_a_dataset():
    shapes = ShapesDataset(num_images=20)
    truth = [{**item, "score": 1.0} for item in shapes.to_coco()["annotations"]]
    count, apart = separated(shapes, truth, 0.5)
    assert count == apart > 0
