"""Objects on a canvas where their image is turned: exact to a pixel."""

import numpy as np
import pytest

from keras_solo.data.affine_masks import place_mask_by_affine
from keras_solo.data.canvas_masks import NO_PIXELS, place_mask
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.geometry.affine import AffinePlacement
from keras_solo.geometry.placement import Placement
from tests.check_augmentation import check
from tests.exact_masks import coverage, wrong_cells

PLACE = Placement((16, 24), (16, 24), (16, 24))
TURNED = AffinePlacement(PLACE, rotation=180.0)
SQUARE = [[2, 3, 8, 3, 8, 6, 2, 6]]


def whole(mask, size=(16, 24)):
    """The mask on its whole canvas."""
    canvas = np.zeros((size[0] + 4, size[1] + 4), np.uint8)
    (x, y), (width, height) = mask.corner, mask.columns.shape
    canvas[y : y + height, x : x + width] = mask.columns.T
    return canvas[: size[0], : size[1]]


def test_nothing_is_on_the_canvas():
    empty = encode_mask(np.zeros((16, 24)))
    assert place_mask_by_affine(TURNED, empty) is NO_PIXELS
    beside = AffinePlacement(Placement((16, 24), (16, 24), (16, 8)), 1.0)
    right = [[20, 3, 23, 3, 23, 6]]
    assert place_mask_by_affine(beside, right) is NO_PIXELS
    mask = encode_mask(rasterize(right, (16, 24)))
    assert place_mask_by_affine(beside, mask) is NO_PIXELS


def test_wrong_polygons_are_refused():
    with pytest.raises(ValueError, match="three points or more"):
        place_mask_by_affine(TURNED, [[1, 2, 3, 4]])


@pytest.mark.parametrize("like_reference", [False, True])
def test_half_a_turn(like_reference):
    found = whole(place_mask_by_affine(TURNED, SQUARE, like_reference))
    expected = rasterize(SQUARE, (16, 24))[::-1, ::-1]
    np.testing.assert_array_equal(found, expected)
    mask = encode_mask(rasterize(SQUARE, (16, 24)))
    found = whole(place_mask_by_affine(TURNED, mask))
    np.testing.assert_array_equal(found, expected)


def test_without_a_turn_it_is_the_placement():
    rng = np.random.default_rng(0)
    # No middle of a pixel falls between two: either would be right there.
    place = Placement((16, 24), (48, 56), (48, 48), (-9, 4), True, True)
    mask = encode_mask(rng.random((16, 24)) < 0.5)
    for segmentation in (SQUARE, mask):
        np.testing.assert_array_equal(
            whole(
                place_mask_by_affine(AffinePlacement(place), segmentation),
                (48, 48),
            ),
            whole(place_mask(place, segmentation), (48, 48)),
        )


def test_an_annotation_ends_where_its_image_does():
    wide = [[-50, 4, 80, 4, 80, 9, -50, 9]]
    place = Placement((16, 24), (16, 24), (64, 64), (20, 20))
    turned = AffinePlacement(place, 90.0)
    found = whole(place_mask_by_affine(turned, wide), (64, 64))
    assert found.sum() == 24 * 5


@pytest.mark.parametrize("start", range(0, 30, 6))
def test_random_affines_are_exact_to_a_cell_of_the_mask_grid(start):
    found = [check(seed) for seed in range(start, start + 6)]
    wrong, looked_at = np.sum(found, axis=0)
    assert wrong == 0
    assert looked_at > 500


@pytest.mark.long
def test_a_thousand_random_affines():
    assert sum(check(seed)[0] for seed in range(1000)) == 0


def test_the_check_can_fail():
    square = [[8, 8, 40, 8, 40, 40, 8, 40]]
    covered = coverage(np.eye(2, 3), square, (64, 64), (64, 64))
    grid = np.zeros((16, 16), np.uint8)
    grid[2:10, 2:10] = 1
    assert wrong_cells(grid, covered) == 0
    assert wrong_cells(np.roll(grid, 2, 1), covered) == 6 + 8
