"""Files of ids."""

import cv2
import numpy as np
import pytest

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import check_map_size, read_label_map
from tests.data.formats.tiny import ids, write_map


def test_nothing(tmp_path):
    with pytest.raises(WrongEntry, match=r"a\.png: cannot be read"):
        read_label_map(tmp_path / "a.png", 100)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(WrongEntry, match=r"a\.png: the file is empty"):
        read_label_map(tmp_path / "a.png", 100)


@pytest.mark.parametrize(
    ("dtype", "cat"), [(np.uint8, 255), (np.uint16, 65535)]
)
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_numbers(tmp_path, dtype, cat, suffix):
    path = write_map(tmp_path / f"a{suffix}", ids(1, cat), dtype)
    np.testing.assert_array_equal(read_label_map(path, 100), ids(1, cat))


@pytest.mark.parametrize("channels", [3, 4])
def test_colours(tmp_path, channels):
    colors = np.full((1, 2, channels), 255, np.uint8)
    colors[0, :, :3] = [[3, 2, 1], [0, 0, 0]]  # blue, green, red
    cv2.imwrite(str(tmp_path / "a.png"), colors)
    expected = [[1 + 256 * 2 + 65536 * 3, 0]]
    assert read_label_map(tmp_path / "a.png", 100).tolist() == expected


def test_what_is_no_map(tmp_path):
    path = write_map(tmp_path / "a.png", ids())
    with pytest.raises(WrongEntry, match="more than max_pixels=79"):
        read_label_map(path, 79)
    path = write_map(tmp_path / "a.tiff", ids(), np.float32)
    with pytest.raises(WrongEntry, match="8 or 16 bits.*float32"):
        read_label_map(path, 100)
    path = write_map(tmp_path / "b.png", np.ones((2, 2, 3)), np.uint16)
    with pytest.raises(WrongEntry, match="ids in one channel"):
        read_label_map(path, 100)


def test_sizes(tmp_path):
    check_map_size(ids(), (8, 10), tmp_path)
    with pytest.raises(WrongEntry, match="8 x 10 pixels, its image 10 x 8"):
        check_map_size(ids(), (10, 8), tmp_path)
