"""Folders that are whole, or known to be damaged."""

import errno
import os

import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.training.whole_folder import (
    DamagedFolder,
    read_state,
    write_folder,
    write_state,
)
from tests.training.line import everything

NAMES = ("state.json", "text.txt")


def write(folder, text="text"):
    def fill(new):
        (new / "text.txt").write_text(text)
        write_state(new / "state.json", {"name": folder.name})

    write_folder(folder, fill, NAMES)


def read(folder):
    path = folder / "state.json"
    return read_state(path, NAMES, lambda state: folder.parent / state["name"])


def test_there_and_back(tmp_path):
    write(tmp_path / "a")
    state = read(tmp_path / "a")
    assert state["name"] == "a" and list(state["files"]) == ["text.txt"]
    write(tmp_path / "a", "other")
    assert (tmp_path / "a" / "text.txt").read_text() == "other"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_somebody_else_put_there_is_put_aside(tmp_path):
    for name in ("a-kept", "a-kept-2"):
        write(tmp_path / "a")
        (tmp_path / "a" / "mine").write_text("mine")
        write(tmp_path / "a")
        assert everything(tmp_path / name) == {"mine": b"mine"}


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("text.txt", None, "text.txt is missing"),
        ("text.txt", "other", "text.txt is not what"),
        ("state.json", None, "state.json is missing"),
        ("state.json", "{", "state.json cannot be read"),
        ("state.json", "{}", "state.json cannot be read"),
        ("state.json", "3", "state.json cannot be read"),
        ("state.json", '{"sha256": 1}', "state.json is not what"),
        ("state.json", "[]", "state.json is not what"),
    ],
)
def test_damaged(tmp_path, name, text, match):
    write(tmp_path / "a")
    path = tmp_path / "a" / name
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(DamagedFolder, match=match):
        read(tmp_path / "a")


def test_a_file_that_cannot_be_read(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "a" / "text.txt").unlink()
    (tmp_path / "a" / "text.txt").mkdir()
    with pytest.raises(DamagedFolder, match="text.txt cannot be read"):
        read(tmp_path / "a")


def test_names_and_places_of_others(tmp_path):
    write(tmp_path / "a")
    path = tmp_path / "a" / "state.json"
    with pytest.raises(DamagedFolder, match="names text.txt"):
        read_state(path, ("state.json",), lambda state: tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    with pytest.raises(DamagedFolder, match="not what was written"):
        read(tmp_path / "b")


@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError])
def test_ended_on_the_way(tmp_path, monkeypatch, end):
    write(tmp_path / "a")

    def ended(*arguments):
        raise end(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", ended)
    with pytest.raises(NotWritten if end is OSError else end):
        write(tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    read(tmp_path / "a")
