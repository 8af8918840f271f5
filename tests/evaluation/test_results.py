"""Results: by category, refused, and kept in little memory."""

import math
import tracemalloc

import numpy as np
import pytest

from keras_solo.evaluation.ground_truth import GroundTruth
from keras_solo.evaluation.results import CompactResults, places_by_category

TRUTH = GroundTruth([(2, 3), (4, 4)], {1: 0, "b": 1}, {5: "cat", 7: "dog"}, {})


def result(image_id=1, category_id=7, size=(2, 3), score=0.5):
    return {
        "image_id": image_id,
        "category_id": category_id,
        "segmentation": {"size": list(size), "counts": f"0{score}"},
        "bbox": [0.0, 1.0, 2.0, 3.0 * score],
        "score": score,
    }


# === By category ===


def test_no_results():
    places = places_by_category(TRUTH, [], ["mask"])
    assert places == {5: [], 7: []}


def test_places():
    """In the order of images, and of the results of an image."""
    results = [result("b", size=(4, 4)), result(), result(1, 5), result()]
    places = places_by_category(TRUTH, results, ["mask", "box"])
    assert places == {5: [2], 7: [1, 3, 0]}


@pytest.mark.parametrize(
    "wrong, message",
    [
        (result(image_id=2), "Results for image 2, which is not"),
        (result(category_id=6), r"category 6. Expected .*\[5, 7\]"),
        (result(size=(3, 2)), r"size of image 1.*\[2, 3\]. Received: \[3, 2\]"),
    ],
)
def test_wrong(wrong, message):
    with pytest.raises(ValueError, match=message):
        places_by_category(TRUTH, [result(), wrong], ["mask"])


@pytest.mark.parametrize("score", [math.nan, math.inf, None, "0.5"])
def test_wrong_scores(score):
    wrong = {**result(), "score": score}
    with pytest.raises(ValueError, match="scores.*for image 1"):
        places_by_category(TRUTH, [wrong], ["mask"])


@pytest.mark.parametrize("box", [[0, 0, 1], [0, 0, 1, math.nan], "0011"])
def test_wrong_boxes(box):
    wrong = {**result(), "bbox": box}
    with pytest.raises(ValueError, match="boxes of four.*for image 1"):
        places_by_category(TRUTH, [wrong], ["box"])
    assert places_by_category(TRUTH, [wrong], ["mask"])


def test_numbers_of_numpy():
    one = {**result(), "bbox": np.ones(4, "f4"), "score": np.float32(1)}
    assert places_by_category(TRUTH, [one], ["box"])


def test_boxes_need_no_mask():
    boxes = result()
    del boxes["segmentation"]
    assert places_by_category(TRUTH, [boxes], ["box"])[7] == [0]


# === In little memory ===


def test_compact_and_empty():
    results = CompactResults()
    results.extend([])
    assert len(results) == 0
    assert list(results) == results[:] == []
    with pytest.raises(IndexError):
        results[0]


def test_what_goes_in_comes_out():
    expected = [
        result(1, 5),
        result(1, 7, score=0.25),
        result("b", 7, (4, 4)),
        result(1, 7),
    ]
    results = CompactResults()
    results.extend(expected[:2])
    results.extend(expected[2:])
    assert list(results) == expected
    assert results[-1] == expected[-1]
    assert results[1:3] == expected[1:3]


def test_they_take_less_than_half_a_kilobyte():
    """Of which the run lengths, here 100 characters, are the largest part."""

    def results():
        for number in range(2000):
            one = result(score=number / 2000)
            one["segmentation"]["counts"] = f"{number:0100d}"
            yield one

    kept = CompactResults()
    tracemalloc.start()
    kept.extend(results())
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == 2000
    assert size / 2000 < 350
