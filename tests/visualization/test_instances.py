"""draw_instances: colours where masks are, text inside the picture."""

import numpy as np
import pytest

from keras_solo.visualization import draw_instances
from keras_solo.visualization.crops import DenseCrops
from keras_solo.visualization.instances import _spot, _texts, outline_width

GREY = np.full((40, 50, 3), 128, np.uint8)


def square(x1, y1, x2, y2):
    mask = np.zeros((40, 50), bool)
    mask[y1:y2, x1:x2] = True
    return mask


def test_no_instances_leave_the_image_alone():
    picture = draw_instances(GREY, np.zeros((0, 40, 50)), [], scale=1)
    assert (picture.array == GREY).all()
    assert (draw_instances(GREY, [], [], scale=1).array == GREY).all()


def test_an_empty_mask_draws_no_fill():
    picture = draw_instances(
        GREY, [square(0, 0, 0, 0)], [0], show_labels=False, scale=1
    )
    assert (picture.array == GREY).all()


def test_only_the_mask_is_coloured():
    mask = square(10, 10, 30, 30)
    before = GREY.copy()
    picture = draw_instances(GREY, [mask], [0], show_labels=False, scale=1)
    changed = (picture.array != GREY).any(axis=2)
    assert changed[mask].all()
    # An anti-aliased outline may reach one pixel beyond.
    assert not changed[:9].any() and not changed[:, 31:].any()
    assert (GREY == before).all(), "the image given is not drawn into"


def test_a_hole_stays_free():
    mask = square(5, 5, 35, 35) & ~square(12, 12, 28, 28)
    picture = draw_instances(GREY, [mask], [0], show_labels=False, scale=1)
    assert (picture.array[18:22, 18:22] == 128).all()


def test_small_ones_are_on_top_of_large_ones():
    masks = [square(18, 18, 24, 24), square(2, 2, 46, 38)]
    alone = draw_instances(
        GREY, masks[:1], [0], show_labels=False, scale=1, opacity=1.0
    )
    both = draw_instances(
        GREY, masks, [0, 1], show_labels=False, scale=1, opacity=1.0
    )
    assert (both.array[21, 21] == alone.array[21, 21]).all()


def test_crops_are_drawn_like_their_masks():
    masks = [square(1, 1, 9, 9), square(0, 0, 0, 0), square(5, 3, 50, 40)]
    for scale in (1, 3):
        want = draw_instances(GREY, masks, [0, 1, 2], scale=scale)
        crops = DenseCrops(np.array(masks))
        got = draw_instances(GREY, crops, [0, 1, 2], scale=scale)
        np.testing.assert_array_equal(got.array, want.array)
    with pytest.raises(ValueError, match=r"Received: shape \(3, 40, 50\)"):
        draw_instances(GREY, crops, [0])


def test_deterministic():
    arguments = GREY, [square(1, 1, 9, 9)], [2], [0.5]
    once, again = draw_instances(*arguments), draw_instances(*arguments)
    assert (once.array == again.array).all()


def test_small_images_are_enlarged():
    mask = [square(10, 10, 30, 30)]
    assert draw_instances(GREY, mask, [0]).size == (400, 500)
    assert draw_instances(GREY, mask, [0], scale=2).size == (80, 100)
    large = np.zeros((600, 900, 3), np.uint8)
    assert draw_instances(large, [], []).size == (600, 900)


def test_boxes_are_drawn_when_given():
    box = [[5, 6, 20, 30]]
    picture = draw_instances(
        GREY, [square(0, 0, 0, 0)], [0], boxes=box, show_labels=False, scale=1
    )
    changed = (picture.array != GREY).any(axis=2)
    assert changed[6, 5] and changed[29, 19]
    assert not changed[30, 20] and not changed[15, 12]


def test_the_spot_of_a_name():
    """Above the middle of the upper edge, in pixels of the picture."""
    crop = np.ones((12, 20), bool)
    crop[0, :10] = False
    spot = _spot(crop, (10, 20, 30, 32), 2)
    assert (spot.x, spot.bounds) == (50, (20, 40, 60, 64))
    nothing = _spot(np.zeros((0, 0), bool), (0, 0, 0, 0), 2)
    assert (nothing.x, nothing.bounds) == (1, (0, 0, 0, 0))


def test_a_name_wider_than_the_picture_does_not_fail():
    names = ["a very long name of a class that nobody can read"]
    draw_instances(GREY, [square(1, 1, 9, 9)], [0], class_names=names, scale=1)


def test_a_hundred_names_do_not_fail():
    masks = np.stack([square(i % 40, i % 30, 45, 35) for i in range(100)])
    draw_instances(GREY, masks, [0] * 100, np.linspace(0, 1, 100))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"masks": np.zeros((1, 4, 4))}, "one mask of the image's size"),
        ({"labels": [0, 1]}, "one mask of the image's size"),
        ({"scores": [0.1, 0.2]}, "one score"),
        ({"boxes": np.zeros((2, 4))}, "one box"),
        ({"image": np.zeros((4, 4, 2))}, "RGB image"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {
        "image": GREY,
        "masks": [square(1, 1, 2, 2)],
        "labels": [0],
    }
    with pytest.raises(ValueError, match=message):
        draw_instances(**{**arguments, **change})


def test_colors_by_instance_or_by_class():
    image = np.zeros((20, 40, 3), np.uint8)
    masks = np.zeros((2, 20, 40), bool)
    masks[0, :, :20], masks[1, :, 20:] = True, True
    options = {"show_labels": False, "scale": 1, "opacity": 1.0}

    def colors(**more):
        picture = draw_instances(image, masks, [0, 0], **options, **more)
        return picture.array[10, 10].astype(int), picture.array[10, 30]

    one, two = colors()
    assert np.abs(one - two).sum() > 150
    one, two = colors(color_by="class")
    assert 0 < np.abs(one - two).sum() < 150
    with pytest.raises(ValueError, match='"instance" or "class".*\'score\''):
        colors(color_by="score")


def test_outlines_leave_something_of_small_objects():
    sides = (0, 8, 40, 96, 900)
    widths = [outline_width(6, side**2) for side in sides]
    assert widths == [1, 1, 2, 6, 6]
    assert outline_width(1, 900**2) == 1


def test_what_is_not_there_has_no_name():
    masks = [square(0, 0, 0, 0)]
    picture = draw_instances(GREY, masks, [0], class_names=["a"], scale=1)
    assert (picture.array == GREY).all()


def test_tracks_are_named_and_keep_their_colors():
    assert _texts([0], [0.97], ["dog"], np.array([3])) == ["dog #3 0.97"]
    assert _texts([0], None, ["dog"], np.array([-1])) == ["dog"]
    image, masks = np.zeros((32, 64, 3), np.uint8), np.zeros((2, 32, 64), bool)
    masks[0, 4:28, 4:28] = masks[1, 4:28, 36:60] = True

    def centers(tracks, **options):
        drawn = draw_instances(
            image, masks, [0, 0], scale=1, track_ids=tracks, **options
        )
        return drawn.array[20, 16].tolist(), drawn.array[20, 48].tolist()

    left, right = centers([3, 8])
    assert left != right and centers([8, 3]) == (right, left)
    assert centers([3, 8], color_by="class") != (left, right)
    with pytest.raises(ValueError, match="one track id a label"):
        centers([3])
