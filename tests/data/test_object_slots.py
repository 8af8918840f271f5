"""As many slots as composed samples need, within a bound."""

import pytest

from keras_solo.data import Augmentation, ShapesDataset
from keras_solo.data.object_slots import check_copy_paste, object_slots


class Counted:
    def __init__(self, most, class_names=None):
        self.most = most
        if class_names:
            self.class_names = class_names

    def max_objects(self):
        return self.most


def test_no_objects():
    assert object_slots(Counted(0)) == 1
    assert object_slots(Counted(0), Augmentation(copy_paste=1.0)) == 1


@pytest.mark.parametrize(
    ("most", "options", "source", "slots"),
    [
        (7, {}, None, 7),
        (7, {"copy_paste": 0.1}, None, 14),
        (7, {"copy_paste": 0.1}, 3, 10),
        (7, {"mosaic": 0.1}, None, 28),
        (7, {"mosaic": 0.1, "copy_paste": 0.1}, 5, 33),
        (70, {"copy_paste": 0.1}, None, 100),
        (300, {"mosaic": 0.1}, None, 300),
    ],
)
def test_slots(most, options, source, slots):
    source = None if source is None else Counted(source)
    found = object_slots(Counted(most), Augmentation(**options), source)
    assert found == slots


def test_a_source_that_fits():
    shapes, pasting = ShapesDataset(2), Augmentation(copy_paste=0.5)
    check_copy_paste(shapes)
    check_copy_paste(shapes, pasting, ShapesDataset(3))
    check_copy_paste(Counted(1), pasting, shapes)


def test_a_source_that_does_not():
    shapes = ShapesDataset(2)
    for unused in (None, Augmentation(mosaic=0.5)):
        with pytest.raises(ValueError, match="that pastes .* Received"):
            check_copy_paste(shapes, unused, shapes)
    others = Counted(1, ("circle", "star"))
    with pytest.raises(ValueError, match="with_classes. Received: .*star"):
        check_copy_paste(shapes, Augmentation(copy_paste=0.5), others)
