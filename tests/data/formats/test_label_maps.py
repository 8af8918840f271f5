"""Files of ids."""

import collections

import cv2
import numpy as np
import pytest

from keras_solo.data.formats import label_maps
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import (
    painted,
    read_label_map,
    write_label_map,
)
from tests.data.formats.tiny import SIZE, ids, write_map


def test_nothing(tmp_path):
    with pytest.raises(WrongEntry, match=r"a\.png: cannot be read"):
        read_label_map(tmp_path / "a.png", SIZE)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(WrongEntry, match=r"a\.png: the file is damaged"):
        read_label_map(tmp_path / "a.png", SIZE)


@pytest.mark.parametrize(
    ("dtype", "cat"), [(np.uint8, 255), (np.uint16, 65535)]
)
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_numbers(tmp_path, dtype, cat, suffix):
    path = write_map(tmp_path / f"a{suffix}", ids(1, cat), dtype)
    found = read_label_map(path, SIZE)
    np.testing.assert_array_equal(found, ids(1, cat))
    assert found.dtype == dtype


@pytest.mark.parametrize("channels", [3, 4])
def test_colours(tmp_path, channels):
    colors = np.full((1, 2, channels), 255, np.uint8)
    colors[0, :, :3] = [[3, 2, 1], [0, 0, 0]]  # blue, green, red
    cv2.imwrite(str(tmp_path / "a.png"), colors)
    expected = [[1 + 256 * 2 + 65536 * 3, 0]]
    assert read_label_map(tmp_path / "a.png", (1, 2)).tolist() == expected


def test_what_is_no_map(tmp_path):
    path = write_map(tmp_path / "a.tiff", ids(), np.float32)
    with pytest.raises(WrongEntry, match="8 or 16 bits.*float32"):
        read_label_map(path, SIZE)
    path = write_map(tmp_path / "b.png", np.ones((2, 2, 3)), np.uint16)
    with pytest.raises(WrongEntry, match="ids in one channel"):
        read_label_map(path, (2, 2))


def test_another_size_is_not_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(label_maps, "decode_stored", None)
    path = write_map(tmp_path / "a.png", ids())
    with pytest.raises(WrongEntry, match="8 x 10 pixels, its image 10 x 8"):
        read_label_map(path, (10, 8))


def test_painting():
    lost = collections.Counter()
    assert not painted([], (1, 4), lost).any()
    masks = [(5, [[1, 1, 0, 0]]), (6, [[0, 1, 1, 0]]), (7, [[0, 1, 0, 0]])]
    found = painted([(id_, np.array(m)) for id_, m in masks], (1, 4), lost)
    assert found.tolist() == [[5, 7, 6, 0]]
    assert +lost == {"covered pixels": 2}
    painted([(1, np.eye(2)), (2, np.ones((2, 2)))], (2, 2), lost)
    assert lost == {"covered pixels": 4, "covered objects": 1}


@pytest.mark.parametrize(("most", "dtype"), [(255, "uint8"), (256, "uint16")])
def test_writing(tmp_path, most, dtype):
    found = np.array([[0, most]])
    write_label_map(tmp_path / "in" / "a.png", found)
    stored = cv2.imread(str(tmp_path / "in" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == dtype
    np.testing.assert_array_equal(stored, found)
