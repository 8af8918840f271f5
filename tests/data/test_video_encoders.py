"""What makes files of frames: each of them reads as it was written."""

import sys

import numpy as np
import pytest

from keras_solo.data.video import open_video
from keras_solo.data.video_encoders import (
    CODECS,
    ENCODERS,
    chosen_codec,
)
from tests.data.clips import frames


@pytest.fixture(params=CODECS)
def encoder(request):
    if request.param == "h264":
        pytest.importorskip("av")
    return ENCODERS[request.param]


@pytest.mark.parametrize("fps", [25, 30000 / 1001, 0.5])
def test_frames_come_back(tmp_path, encoder, fps):
    path = tmp_path / "a.mp4"
    writer = encoder(path, fps, (48, 64))
    for frame in frames(4):
        writer.write(frame)
    writer.close()
    video = open_video(path)
    assert video.size == (48, 64) and video.count == 4
    assert video.fps == pytest.approx(fps, rel=1e-4)
    for found, given in zip(video.frames(), frames(4), strict=True):
        assert np.abs(found.image.astype(int) - given).mean() < 6


def test_a_size_that_none_takes(tmp_path, encoder, capfd):
    frame = np.zeros((2, 40_000, 3), np.uint8)
    with pytest.raises(OSError, match="writes no .* of 2 x 40000 pixels"):
        encoder(tmp_path / "a.mp4", 25, (2, 40_000)).write(frame)
    assert capfd.readouterr() == ("", "")


def test_the_codec(monkeypatch):
    assert chosen_codec("mp4v") == "mp4v"
    assert chosen_codec("auto") in CODECS
    with pytest.raises(ValueError, match='"mp4v" or "h264".*codec=.vp9.'):
        chosen_codec("vp9")
    monkeypatch.setitem(sys.modules, "av", None)
    assert chosen_codec("auto") == "mp4v"
    with pytest.raises(ImportError, match=r'pip install "keras-solo\[video\]"'):
        chosen_codec("h264")
