"""Arrays part by part, in memory and on disk."""

import mmap
import pathlib

import numpy as np
import pytest

from keras_solo.data.pixel_source import (
    ArrayPixels,
    blocks,
    is_read_only,
    mapped,
)

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def test_no_blocks():
    assert list(blocks((0, 5), (2, 2))) == []
    assert list(blocks((5, 0), (2, 2))) == []


def test_blocks_cover_each_pixel_once():
    assert list(blocks((3, 5), (2, 9))) == [(0, 0, 5, 2), (0, 2, 5, 3)]
    times = np.zeros((7, 10), int)
    found = list(blocks((7, 10), (2, 3), multiple=4))
    for x1, y1, x2, y2 in found:
        times[y1:y2, x1:x2] += 1
        assert x1 % 4 == y1 % 4 == 0
    assert (times == 1).all() and len(found) == 2 * 3


def test_an_array_in_memory():
    source = ArrayPixels(PIXELS)
    assert source.size == (4, 5) and source.map is None
    part = source.pixels((1, 2, 4, 4))
    np.testing.assert_array_equal(part, PIXELS[2:4, 1:4])
    assert np.shares_memory(part, PIXELS)


def test_the_bytes_of_other_machines():
    swapped = np.array([[1, 256]], ">u2")
    source = ArrayPixels(swapped)
    assert source.dtype == np.uint16
    part = source.pixels((0, 0, 2, 1))
    assert part.dtype == np.uint16 and part.dtype.isnative
    assert part.tolist() == [[1, 256]]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "pixels"
    path.write_bytes(PIXELS.tobytes())
    return path


def views(array):
    yield array
    yield np.asarray(array)
    yield array[1:, ::2].transpose(1, 0, 2)


def test_what_is_mapped(path, tmp_path):
    assert mapped(PIXELS) is None and not is_read_only(PIXELS)
    for mode in ("r", "r+", "c"):
        array = np.memmap(path, np.uint8, mode, shape=PIXELS.shape)
        for view in views(array):
            assert isinstance(mapped(view), mmap.mmap)
            assert is_read_only(view) == (mode == "r")
    np.save(tmp_path / "a.npy", PIXELS)
    assert is_read_only(np.load(tmp_path / "a.npy", mmap_mode="r"))
    with open(path, "rb") as file:
        raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        # It could have been written to.
        assert not is_read_only(np.frombuffer(raw, np.uint8))
    # In memory again, whatever its type says.
    in_memory = np.memmap(path, np.uint8, "r", shape=PIXELS.shape) + 0
    assert mapped(in_memory) is None


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_mapped_file(path, mode):
    array = np.memmap(path, np.uint8, mode, shape=PIXELS.shape)
    if mode == "c":
        array[0, 0] = 99  # in no file
    want = np.array(array)
    for view, same in zip(views(array), views(want), strict=True):
        source = ArrayPixels(view)
        for window in ((0, 0, 2, 2), (1, 1, 3, 3), (0, 0, 2, 2)):
            part = source.pixels(window)
            x1, y1, x2, y2 = window
            np.testing.assert_array_equal(part, same[y1:y2, x1:x2])
            assert not np.shares_memory(part, array)


def resident(path):
    """Kilobytes of a file that are in the memory of this process."""
    text = pathlib.Path("/proc/self/smaps").read_text()
    _, found, rest = text.partition(str(path))
    return int(rest.split("Rss:")[1].split()[0]) if found else 0


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/smaps").exists()
    or not hasattr(mmap, "MADV_DONTNEED"),
    reason="of Linux",
)
def test_pages_are_given_back(tmp_path):
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(1 << 24)
    for mode in ("r", "r+"):
        array = np.memmap(path, np.uint8, mode, shape=(4096, 4096))
        source = ArrayPixels(array)
        for window in blocks(source.size, (1024, 1024)):
            assert not source.pixels(window).any()
        kilobytes = resident(path)
        assert kilobytes < 1024 if mode == "r" else kilobytes > 8192
        del array, source
