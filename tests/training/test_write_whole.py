"""write_whole: all of it, or what was there before."""

import os

import pytest

from keras_solo.training.write_whole import write_whole


def test_new_and_again(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("", "a\r\nb\n"):
        write_whole(path, text)
        assert path.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [path]


def test_killed_on_the_way(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def killed(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "after")
    assert path.read_text() == "before"
