"""Videos: frames with their times, or one line that names the file."""

import itertools

import cv2
import numpy as np
import pytest

from keras_solo.data import video
from keras_solo.data.video import Video, VideoError, open_video
from tests.data.clips import frames, write_clip, write_short, write_sound


def test_facts_and_frames(tmp_path):
    path = write_clip(tmp_path / "a.mp4")
    found = open_video(str(path))
    assert found == Video(path, (48, 64), 10.0, 5)
    read = list(found.frames())
    assert [frame.number for frame in read] == [0, 1, 2, 3, 4]
    assert np.allclose([frame.time for frame in read], np.arange(5) / 10)
    for frame, given in zip(read, frames(5), strict=True):
        assert frame.image.dtype == np.uint8 and frame.image.shape == (
            48,
            64,
            3,
        )
        # RGB: the square is orange.
        assert np.abs(frame.image.astype(int) - given).mean() < 6
    assert [frame.number for frame in found.frames()] == [0, 1, 2, 3, 4]


def test_every_third(tmp_path):
    found = open_video(write_clip(tmp_path / "a.mp4", 8))
    some = list(found.frames(every=3))
    assert [frame.number for frame in some] == [0, 3, 6]
    assert np.allclose([frame.time for frame in some], [0, 0.3, 0.6])
    with pytest.raises(ValueError, match="every of at least 1"):
        found.frames(every=0)


def test_frames_are_read_as_they_are_needed(tmp_path):
    found = open_video(write_short(tmp_path / "a.avi"))
    # No warning: nobody has read to where it ends.
    assert len(list(itertools.islice(found.frames(), 3))) == 3


def test_a_video_that_ends_early_says_so(tmp_path, capfd):
    path = write_short(tmp_path / "a.avi", 30, 6)
    with pytest.warns(UserWarning) as warned:
        read = list(open_video(path).frames())
    assert 3 <= len(read) <= 6
    assert f"{path}: the video ends after {len(read)} frames" in str(
        warned[0].message
    )
    assert "its header says 30" in str(warned[0].message)
    assert capfd.readouterr().err == ""


def write_nothing(path):
    path.write_bytes(b"")


def write_half(path):
    data = write_clip(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def write_image(path):
    cv2.imwrite(str(path.with_suffix(".png")), np.zeros((9, 9, 3), np.uint8))
    path.with_suffix(".png").rename(path)


def write_sound_alone(path):
    write_sound(path.with_suffix(".wav")).rename(path)


@pytest.mark.parametrize(
    ("write", "name", "what"),
    [
        (None, "a.mp4", "cannot be read: No such file"),
        (lambda path: path.mkdir(), "a.mp4", "cannot be read: "),
        (write_nothing, "a.mp4", "the file is empty"),
        (lambda path: path.write_text("x"), "a.mp4", "damaged or cut short"),
        (write_half, "a.mp4", "damaged or cut short"),
        (write_image, "img_001.png", "received an image"),
        (write_image, "a.mp4", "received an image"),
        (write_sound, "a.wav", "received a file of sound"),
        (lambda path: path.write_bytes(b"ID3"), "a.mp3", "a file of sound"),
        (write_sound_alone, "a.mp4", "or sound alone"),
        (None, "\udcff.mp4", r"\\udcff.mp4: expected a name of signs"),
        (None, "a\0.mp4", r"a\\x00.mp4: expected a name of signs"),
    ],
)
def test_no_video(tmp_path, capfd, write, name, what):
    path = tmp_path / name
    if write:
        write(path)
    with pytest.raises(VideoError, match=what) as error:
        open_video(path)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    assert capfd.readouterr().err == ""


def test_sound_alone_in_an_mp4(tmp_path):
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=8000)
        silence = np.zeros((1, 1024), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
        frame.rate = 8000
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    with pytest.raises(VideoError, match="or sound alone"):
        open_video(tmp_path / "a.mp4")


class Capture:
    """A video of two frames, or none, whose header says nothing right."""

    said = {cv2.CAP_PROP_FPS: 0.0, cv2.CAP_PROP_FRAME_COUNT: -9e18}
    left = 2

    def isOpened(self):
        return True

    def grab(self):
        self.left -= 1
        return self.left >= 0

    def retrieve(self):
        return True, np.zeros((4, 6, 3), np.uint8)

    def read(self):
        return self.grab(), np.zeros((4, 6, 3), np.uint8)

    def get(self, what):
        return self.said.get(what, 0.0)

    def release(self):
        pass


def test_what_a_header_does_not_say(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_text("x")
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Capture())
    found = open_video(tmp_path / "a.mp4")
    assert found == Video(tmp_path / "a.mp4", (4, 6), video.FPS, None)
    assert [one.time for one in found.frames()] == [0, 1 / video.FPS]
    monkeypatch.setattr(Capture, "left", 0)
    with pytest.raises(VideoError, match="has no frame"):
        open_video(tmp_path / "a.mp4")
