"""Text: as large as it says, and nowhere else."""

import numpy as np
import pytest

from keras_solo.visualization.text import draw_text, text_extent


def test_no_text():
    picture = np.zeros((40, 60, 3), np.uint8)
    draw_text(picture, "", (5, 5), 16, (255, 255, 255))
    assert not picture.any()
    assert text_extent("", 16)[0] == 18


def test_extent_grows_with_size_and_length():
    height, width = text_extent("cat", 16)
    assert text_extent("cat", 32)[0] > 1.9 * height
    assert text_extent("cat", 32)[1] > 1.9 * width
    assert text_extent("catcat", 16)[1] > 1.9 * width


def test_text_stays_in_its_extent():
    for size in (12, 20, 40, 83):
        picture = np.zeros((140, 800, 3), np.uint8)
        draw_text(picture, "zebra (y)", (20, 30), size, (255, 0, 0))
        rows, cols = np.nonzero(picture[..., 0])
        height, width = text_extent("zebra (y)", size)
        assert 30 <= rows.min() and rows.max() <= 30 + height
        assert 18 <= cols.min() and cols.max() <= 20 + width
        assert not picture[..., 1:].any()


@pytest.mark.parametrize(
    "text", ["\udcff", "a\nb", "\0", "\x1b[31m", "\u202eabc", "x" * 100_000]
)
def test_text_that_ends_other_drawers(text):
    """OpenCV ends the process at what is no text."""
    picture = np.zeros((40, 600, 3), np.uint8)
    draw_text(picture, text, (5, 5), 16, (255, 255, 255))
    assert picture.any()
    assert text_extent(text, 16)[1] < 1000
