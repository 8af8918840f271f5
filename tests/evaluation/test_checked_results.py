"""Results of other tools: every wrong entry is named."""

import json

import numpy as np
import pytest

from keras_solo.evaluation.checked_results import checked_results, read_results
from keras_solo.evaluation.ground_truth import checked_truth
from tests.strips import WIDTH, found, truth

TRUTH = checked_truth(truth([(0, 10, 3)], []))
RIGHT = found((2, 5, 9, 9, 0.5))[0]


def test_none():
    results, places = checked_results([], TRUTH)
    assert len(results) == 0 and places == {3: [], 9: []}


def test_a_box_that_is_missing_is_the_masks():
    results, places = checked_results([RIGHT], TRUTH)
    assert results[0] == {**RIGHT, "bbox": [5.0, 0.0, 4.0, 1.0]}
    assert places == {3: [], 9: [0]}
    zeros, _ = checked_results([{**RIGHT, "bbox": [0, 0, 0, 0]}], TRUTH)
    assert zeros[0] == results[0]
    results, _ = checked_results([{**RIGHT, "bbox": [0, 0, 1, 2]}], TRUTH)
    assert results[0]["bbox"] == [0, 0, 1, 2]


def test_numbers_of_numpy_and_runs_that_are_not_compressed():
    result = {
        "image_id": np.int64(2),
        "category_id": np.int32(9),
        "segmentation": {"size": (1, WIDTH), "counts": [5, 4, 31]},
        "score": np.float32(0.5),
    }
    results, _ = checked_results([result], TRUTH)
    assert results[0]["image_id"] == 2 and results[0]["score"] == 0.5
    assert (
        results[0]["segmentation"]["counts"].decode()
        == (RIGHT["segmentation"]["counts"])
    )


def mask(**change):
    return {"segmentation": {**RIGHT["segmentation"], **change}}


@pytest.mark.parametrize(
    "wrong, message",
    [
        (7, "expected an object, received 7"),
        ({"image_id": 5}, "image_id 5 is not among the images"),
        ({"image_id": None}, "image_id to be a whole number or text"),
        ({"image_id": True}, "received True"),
        ({"image_id": 2.0}, "received 2.0"),
        ({"image_id": [2]}, r"received \[2\]"),
        ({"category_id": 4}, r"category_id 4 is not among .* \[3, 9\]"),
        ({"category_id": "cat"}, "category_id 'cat' is not among"),
        ({"category_id": 10**400}, "category_id 1000"),
        ({"score": float("nan")}, "finite number, received nan"),
        ({"score": float("inf")}, "received inf"),
        ({"score": 10**400}, "expected a score"),
        ({"score": "0.5"}, "received '0.5'"),
        ({"score": None}, "received None"),
        ({"score": True}, "received True"),
        ({"segmentation": None}, "expected run lengths .* received None"),
        ({"segmentation": [[0, 0, 1, 0, 1, 1]]}, "expected run lengths"),
        (
            mask(size=[1, 10]),
            r"has the size \[1, 10\], its image has \[1, 40\]",
        ),
        (mask(size="1x40"), "has the size '1x40'"),
        (mask(size=None), "has the size None"),
        (mask(counts=None), "text or as a list, received None"),
        (mask(counts="?"), "run lengths cannot be read"),
        (mask(counts=[5, 4]), "add up to 40, .* Received: 9"),
        (mask(counts=[2**32, 4]), "run lengths from 0 to"),
        (mask(counts=[10**30]), "run lengths cannot be read"),
        (mask(counts=[-5, 45]), "run lengths from 0 to"),
        (mask(counts=[0.5, 39.5]), "whole numbers"),
        (mask(counts=[[5], [35]]), "whole numbers"),
        ({"bbox": [0, 0, 1]}, r"four finite numbers, .* received \[0, 0, 1\]"),
        ({"bbox": [0, 0, 1, float("nan")]}, "four finite numbers"),
        ({"bbox": [0, 0, -1, 1]}, "four finite numbers"),
        ({"bbox": "0 0 1 1"}, "four finite numbers"),
        ({"bbox": 5}, "four finite numbers"),
    ],
)
def test_wrong_entries(wrong, message):
    entry = wrong if wrong == 7 else {**RIGHT, **wrong}
    with pytest.raises(ValueError, match=f"^results: result 1: .*{message}"):
        checked_results([RIGHT, entry], TRUTH)


# === Files ===


def test_a_file(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([RIGHT]))
    for name in (path, str(path)):
        assert checked_results(name, TRUTH)[0][0]["score"] == 0.5


def test_wrong_entries_of_a_file_are_named_with_it(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([RIGHT, {**RIGHT, "score": float("nan")}]))
    with pytest.raises(ValueError, match="results.json: result 1: expected a"):
        checked_results(path, TRUTH)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "not valid JSON"),
        (b"[1,", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", "not valid JSON"),
        (b'{"annotations": []}', "expected COCO results, a list"),
        (b"3", "Received: 3"),
    ],
)
def test_wrong_files(content, message, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"a.json: .*{message}"):
        read_results(path)


def test_no_file(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_results(tmp_path / "nothing.json")
