"""A video file is whole, or not there."""

import numpy as np
import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.data import video_writer
from keras_solo.data.video import VideoError, open_video
from keras_solo.data.video_encoders import CODECS
from keras_solo.data.video_writer import VideoWriter
from keras_solo.visualization import Picture
from tests.data.clips import frames

FRAME = np.full((48, 64, 3), 90, np.uint8)


@pytest.mark.parametrize("codec", CODECS)
def test_odd_sides_become_even(tmp_path, codec):
    if codec == "h264":
        pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 10, codec) as writer:
        for frame in frames(3, (47, 63)):
            writer.write(frame)
    assert (writer.codec, writer.count, writer.size) == (codec, 3, (48, 64))
    assert [one.name for one in tmp_path.iterdir()] == ["a.mp4"]
    video = open_video(path)
    assert video.size == (48, 64) and video.count == 3
    last = list(video.frames())[-1].image.astype(int)
    assert np.abs(last[46] - last[47]).max() < 12


def test_pictures_are_frames(tmp_path):
    with VideoWriter(str(tmp_path / "A.MP4"), 5, "mp4v") as writer:
        writer.write(Picture(FRAME))
    assert open_video(tmp_path / "A.MP4").count == 1


@pytest.mark.parametrize("before", [None, b"as it was"])
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, OSError])
def test_nothing_is_left_after_an_error(tmp_path, before, error):
    path = tmp_path / "a.mp4"
    if before:
        path.write_bytes(before)
    with pytest.raises(error) as raised:
        with VideoWriter(path, 10, "mp4v") as writer:
            writer.write(FRAME)
            raise error("of others")
    assert type(raised.value) is error, "as it was, and no other"
    assert [one.read_bytes() for one in tmp_path.iterdir()] == (
        [before] if before else []
    )


def test_no_frame(tmp_path):
    with pytest.raises(VideoError, match="a.mp4: no frame was written"):
        with VideoWriter(tmp_path / "a.mp4", 10, "mp4v"):
            pass
    assert not list(tmp_path.iterdir())


class Forgetful:
    """An encoder that writes less than it is given, or nothing."""

    kept = 0

    def __init__(self, path, fps, size):
        self.path = path

    def write(self, frame):
        pass

    def close(self):
        self.path.write_text("x")
        if self.kept:
            with VideoWriter(self.path, 10, "h264") as writer:
                writer.write(FRAME)


def test_a_broken_file_never_takes_the_name(tmp_path, monkeypatch):
    pytest.importorskip("av")
    monkeypatch.setitem(video_writer.ENCODERS, "mp4v", Forgetful)
    for kept, what in ((0, "is no video"), (1, "of 2 frames 1 were written")):
        monkeypatch.setattr(Forgetful, "kept", kept)
        with pytest.raises(NotWritten, match=f"a.mp4 could not be .*{what}"):
            with VideoWriter(tmp_path / "a.mp4", 10, "mp4v") as writer:
                writer.write(FRAME)
                writer.write(FRAME)
        assert not list(tmp_path.iterdir())


def test_an_encoder_that_refuses(tmp_path):
    with pytest.raises(NotWritten, match="writes no MPEG-4 of 2 x 40000"):
        with VideoWriter(tmp_path / "a.mp4", 10, "mp4v") as writer:
            writer.write(np.zeros((2, 40_000, 3), np.uint8))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (FRAME / 255, "uint8 RGB .* float64"),
        (FRAME[..., 0], r"of shape \(48, 64\)"),
        (FRAME[..., :2], r"of shape \(48, 64, 2\)"),
        (FRAME[:0], r"of shape \(0, 64, 3\)"),
        (FRAME[1:], r"of the first, \(48, 64, 3\)"),
    ],
)
def test_wrong_frames(tmp_path, frame, what):
    with VideoWriter(tmp_path / "a.mp4", 10, "mp4v") as writer:
        writer.write(FRAME)
        with pytest.raises(ValueError, match=what):
            writer.write(frame)
    assert open_video(tmp_path / "a.mp4").count == 1


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match=r"ends in .mp4. Received: .*a.avi"):
        VideoWriter(tmp_path / "a.avi", 10)
    for fps in (0, -1, np.nan, 1e9):
        with pytest.raises(ValueError, match="from 0.01 to 1000 frames"):
            VideoWriter(tmp_path / "a.mp4", fps)
    with pytest.raises(NotWritten, match="there is no such folder"):
        VideoWriter(tmp_path / "none" / "a.mp4", 10)
    with pytest.raises(ValueError, match="codec"):
        VideoWriter(tmp_path / "a.mp4", 10, "vp9")
    with pytest.raises(ValueError, match="Expected frames within"):
        VideoWriter(tmp_path / "a.mp4", 10).write(FRAME)
