"""Over which detections and sizes average precision is taken."""

import math

import pytest

from keras_solo.evaluation.ranges import (
    COCO_RANGES,
    coco_ranges,
    third_bounds,
    with_thirds,
)


def test_coco():
    assert COCO_RANGES.detections == (1, 10, 100)
    assert dict(
        zip(COCO_RANGES.area_names, COCO_RANGES.areas, strict=True)
    ) == {
        "all": (0, 1e10),
        "small": (0, 1024),
        "medium": (1024, 9216),
        "large": (9216, 1e10),
    }


@pytest.mark.parametrize(
    "most, counts",
    [(1, (1,)), (2, (1, 2)), (10, (1, 10)), (11, (1, 10, 11))],
)
def test_other_bounds(most, counts):
    assert coco_ranges(most).detections == counts


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "100", None])
def test_wrong_bounds(wrong):
    with pytest.raises(ValueError, match="Received: max_detections="):
        coco_ranges(wrong)


def test_thirds_of_nothing():
    bounds = third_bounds([])
    assert all(map(math.isnan, bounds))
    assert with_thirds(COCO_RANGES, bounds) == COCO_RANGES


@pytest.mark.parametrize(
    "areas, groups",
    [
        ([7], ([7], [], [])),
        ([7, 3], ([3], [7], [])),
        ([3, 1, 2], ([1], [2], [3])),
        ([4, 3, 2, 1], ([1, 2], [3], [4])),
        ([1, 1, 1, 1, 1, 9], ([1, 1, 1, 1, 1], [], [9])),
        ([0.5, 1.5, 2.5], ([0.5], [1.5], [2.5])),
    ],
)
def test_each_object_is_in_one_third(areas, groups):
    ranges = with_thirds(COCO_RANGES, third_bounds(areas))
    assert ranges.area_names[4:] == ("third1", "third2", "third3")
    found = tuple(
        sorted(area for area in areas if low <= area <= high)
        for low, high in ranges.areas[4:]
    )
    assert found == groups
