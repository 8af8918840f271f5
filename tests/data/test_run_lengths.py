"""Run lengths: as pycocotools writes them, and as nobody should."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import run_lengths as r
from keras_solo.data.masks import encode_mask


def test_nothing():
    for nothing in ("", b"", [], ()):
        assert r.rle_counts(nothing).tolist() == []


@pytest.mark.parametrize("share", [0, 0.02, 0.3, 0.99, 1])
def test_encode_is_pycocotools(share):
    mask = np.random.default_rng(0).random((9, 13)) < share
    want = coco_mask.encode(np.asfortranarray(mask.view(np.uint8)))
    want = {"size": [9, 13], "counts": want["counts"].decode()}
    runs = r.rle_counts(want["counts"]).astype(np.uint32)
    assert r.encode_runs(runs, (9, 13)) == want


def test_runs_are_what_pycocotools_wrote():
    rng = np.random.default_rng(0)
    for _ in range(20):
        size = [int(side) for side in rng.integers(1, 200, 2)]
        runs = rng.integers(1, 900, 40).tolist()
        mask = np.repeat(np.arange(len(runs)) % 2, runs)
        mask = np.resize(mask, size[0] * size[1]).reshape(size, order="F")
        rle = coco_mask.encode(np.asfortranarray(mask, np.uint8))
        found = r.rle_counts(rle["counts"])
        decoded = np.repeat(np.arange(len(found)) % 2, found)
        np.testing.assert_array_equal(decoded.reshape(size, order="F"), mask)


def test_numbers_of_32_bits():
    runs = [0, 2**31, 5, 2**32 - 1, 2**30, 1]
    raw = {"size": [1, 1], "counts": np.array(runs, np.uint32)}
    text = coco_mask.frPyObjects(raw, 1, 1)["counts"]
    assert r.rle_counts(text).tolist() == runs
    assert r.rle_counts(runs).tolist() == runs


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ("P", "end within a number"),
        ("0000o", "end within a number"),
        ("o" * 500_000 + "0", "number too large"),
        ("0/", "sign of no meaning"),
        ("0\0", "sign of no meaning"),
        ("0p", "sign of no meaning"),
        ("\u20ac", "sign of no meaning"),
        ("\ud800", "surrogates"),
        ("@", "from 0 to 4294967295"),  # -16
        ([-1, 5], "from 0 to 4294967295"),
        ([2**32], "from 0 to 4294967295"),
        ([2**63], "from 0 to 4294967295"),
        ([10**30], "whole numbers"),
        ([1.5], "whole numbers"),
        ([2.0, 3], "whole numbers"),
        (["3"], "whole numbers"),
        ([None], "whole numbers"),
        ([[1, 2]], "whole numbers"),
        ({"0": 1}, "whole numbers"),
        (7, "whole numbers"),
        ([[1], 2], "inhomogeneous"),
    ],
)
def test_what_is_no_run_lengths(counts, message):
    with pytest.raises(ValueError, match=message):
        r.rle_counts(counts)


def test_they_fit_their_mask():
    assert r.fitting_counts([2, 4], (2, 3)).tolist() == [2, 4]
    assert r.fitting_counts("24", (2, 3)).tolist() == [2, 4]
    for counts in ([2, 3], [2, 5], [], "23", [2**32 - 1, 7]):
        with pytest.raises(ValueError, match="add up to 6, .*2 x 3"):
            r.fitting_counts(counts, (2, 3))


def test_the_box_of_run_lengths_is_pycocotools():
    rng = np.random.default_rng(0)
    for share in (0.02, 0.3, 0.99):
        mask = rng.random((9, 13)) < share
        mask[3, 4] = True
        rle = encode_mask(mask)
        x, y, width, height = coco_mask.toBbox(rle)
        found = r.rle_box(r.rle_counts(rle["counts"]), 9)
        assert found == (x, y, x + width, y + height)
