"""OpenCV says nothing of videos, and is as it was afterwards."""

import os

import cv2
import pytest

from keras_solo.data.quiet_video import LEVEL, quiet_video


@pytest.mark.parametrize("chosen", [None, "32"])
def test_all_is_as_before(monkeypatch, chosen):
    monkeypatch.delenv(LEVEL, raising=False)
    if chosen:
        monkeypatch.setenv(LEVEL, chosen)
    before = cv2.utils.logging.getLogLevel()
    with pytest.raises(KeyError), quiet_video():
        assert os.environ[LEVEL] == (chosen or "-8")
        assert cv2.utils.logging.getLogLevel() == 0
        raise KeyError
    assert os.environ.get(LEVEL) == chosen
    assert cv2.utils.logging.getLogLevel() == before


def test_nothing_is_written(tmp_path, capfd):
    path = tmp_path / "a.mp4"
    path.write_text("no video")
    with quiet_video():
        assert not cv2.VideoCapture(str(path), cv2.CAP_FFMPEG).isOpened()
    assert capfd.readouterr() == ("", "")
