"""Videos with the instances drawn."""

import numpy as np
import pytest

from keras_solo.data.result_files.video import Videos
from keras_solo.data.video import open_video
from tests.data.found import found, frame, names, written


def test_videos(tmp_path):
    with written(Videos, tmp_path) as videos:
        for name, count in (("a b", 3), ("c", 2)):
            with videos.video(name, fps=12.5):
                for number in range(count):
                    videos.add(frame(number, name=name))
            assert videos.drawn_path == tmp_path / f"{name}.mp4"
            assert videos.codec in ("h264", "mp4v")
    assert names(tmp_path) == ["a b.mp4", "c.mp4"]
    back = open_video(tmp_path / "a b.mp4")
    # Small frames are enlarged, as pictures are, so that names are legible.
    want = np.asarray(found().plot()).astype(int)
    size = want.shape[0], want.shape[1]
    assert (back.size, back.fps, back.count) == (size, 12.5, 3)
    first = next(back.frames()).image.astype(int)
    assert np.abs(first - want).mean() < 20


def test_nothing_is_left_after_an_error(tmp_path):
    with written(Videos, tmp_path) as videos:
        with pytest.raises(KeyError), videos.video("clip", 25.0):
            videos.add(frame(0))
            raise KeyError
        assert videos.drawn_path is None
    assert names(tmp_path) == []


@pytest.mark.parametrize("fps, written_fps", [(0.002, 0.01), (90_000, 1000)])
def test_rates_that_the_format_cannot_express(tmp_path, fps, written_fps):
    """As of every 5000th frame, or of a header that counts its clock."""
    with written(Videos, tmp_path) as videos, videos.video("clip", fps):
        videos.add(frame(0))
    assert open_video(tmp_path / "clip.mp4").fps == pytest.approx(written_fps)
