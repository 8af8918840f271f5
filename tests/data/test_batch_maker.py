"""BatchMaker: the batch of a place in an order."""

import pickle

import numpy as np
import pytest

from keras_solo.data import ImageError, Record
from keras_solo.data.batch_maker import BatchMaker
from keras_solo.data.batch_order import BatchOrder
from keras_solo.data.samples import SampleMaker
from keras_solo.geometry import Letterbox

PORTRAIT = np.array([0, 0, 1, 1, 0, 1])
MAKERS = tuple(
    SampleMaker(Letterbox(size), max_objects=1) for size in ((32, 64), (64, 32))
)


class Numbered:
    """Every pixel of image i is i; some images are damaged."""

    def __init__(self, damaged=()):
        self.damaged = damaged

    def __getitem__(self, index):
        size = (64, 32) if PORTRAIT[index] else (32, 64)
        if index in self.damaged:
            return Record(index, size)
        image = np.full((*size, 3), index, np.uint8)
        return Record(index, size, image=image)


def maker(damaged=(), **options):
    order = BatchOrder(6, 2, False, 0, True, groups=PORTRAIT)
    return BatchMaker(Numbered(damaged), MAKERS, order, **options)


def pixels(made):
    return made.batch[0][:, 0, 0, 0].tolist()


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_group_has_its_canvas(on_error):
    make = maker(on_error=on_error)
    lying, upright = make(0, 0), make(0, 1)
    assert pixels(lying) == lying.images == [0, 1]
    assert lying.batch[0].shape == (2, 32, 64, 3)
    assert lying.batch[1]["masks"].shape == (2, 1, 8, 16)
    assert pixels(upright) == upright.images == [2, 3]
    assert upright.batch[0].shape == (2, 64, 32, 3)
    assert upright.batch[1]["masks"].shape == (2, 1, 16, 8)
    assert lying.skipped == upright.skipped == {}


def test_damage_is_an_error_or_skipped():
    with pytest.raises(ImageError, match="Record 1 has neither"):
        maker({1})(0, 0)
    made = maker({1, 3}, on_error="skip")(0, 0)
    assert made.skipped == {1: "Record 1 has neither an image nor a path."}
    assert pixels(made) == made.images
    assert made.images[0] == 0 and made.images[1] in (0, 4)


def test_a_group_that_is_damaged_as_a_whole():
    with pytest.raises(ImageError, match="3 images, all damaged"):
        maker({2, 3, 5}, on_error="skip")(0, 1)


def test_of_a_dataset():
    """A canvas that is square has one group, as if none were asked for."""
    order = BatchOrder(6, 2, False, 0, True)
    for size, groups, count in (
        ((32, 64), True, 2),
        ((64, 32), True, 2),
        ((32, 64), False, 1),
        ((64, 64), True, 1),
    ):
        samples = SampleMaker(Letterbox(size), max_objects=3)
        dataset = [Numbered()[index] for index in range(6)]
        make = BatchMaker.of(dataset, samples, order, groups, "skip")
        assert len(make.sample_makers) == count
        assert make.sample_makers[-1].max_objects == 3
        assert make.on_error == "skip"
        assert make.order.group_of(2) == count - 1
    assert make.order is order


def test_it_travels():
    make = maker()
    copy = pickle.loads(pickle.dumps(make))
    np.testing.assert_array_equal(copy(1, 0).batch[0], make(1, 0).batch[0])
