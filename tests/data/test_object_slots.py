"""As many slots as composed samples need, within a bound."""

import pytest

from keras_solo.data import Augmentation, ShapesDataset
from keras_solo.data.object_slots import (
    check_copy_paste,
    check_on_excess,
    chosen_slots,
    excess,
    object_slots,
)
from tests.data.squares import Squares, record, square


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


def test_crops_need_slots_for_what_they_show():
    """Ten squares of a row, one every ten pixels; a crop has 20 x 20."""
    row = Squares(record(1, *(square(10 * n, 0, 9) for n in range(10))))
    crops = Augmentation(pixel_scale=2.0, scale=(0.8, 1.0))
    assert object_slots(row, crops) == 10
    assert object_slots(row, crops, canvas_size=(32, 32)) == 3
    whole = Augmentation(pixel_scale=2.0, whole=0.1)
    assert object_slots(row, whole, canvas_size=(32, 32)) == 10
    assert object_slots(Squares(), crops, canvas_size=(32, 32)) == 1


def test_slots_as_chosen():
    shapes, canvas = ShapesDataset(num_images=8), (64, 64)
    sources = shapes, None, None, canvas
    assert chosen_slots(*sources) == (6, 0)
    assert chosen_slots(*sources, 9) == (9, 0)
    with pytest.raises(ValueError, match="more than max_objects=4"):
        chosen_slots(*sources, 4)
    assert chosen_slots(*sources, 4, "drop_smallest") == (4, 5)
    with pytest.raises(ValueError, match="Received: max_objects=0"):
        chosen_slots(*sources, 0)
    crops = Augmentation(pixel_scale=1.0)
    assert chosen_slots(shapes, crops, None, canvas, 4) == (4, 0)


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


def test_objects_without_a_slot():
    shapes = ShapesDataset(num_images=8)
    counts = [len(record.instances) for record in shapes]
    assert excess([], 1, "raise") == 0
    assert excess(shapes, max(counts), "raise") == 0
    lost = sum(max(count - 3, 0) for count in counts)
    assert lost and excess(shapes, 3, "drop_smallest") == lost
    with pytest.raises(ValueError, match=f"max_objects=3 .*: {lost} objects"):
        excess(shapes, 3, "raise")


def test_what_to_do_about_them():
    for known in ("raise", "drop_smallest"):
        check_on_excess(known)
    with pytest.raises(ValueError, match="drop_smallest.*Received: 'all'"):
        check_on_excess("all")
