"""Paths that lead to a preset folder."""

import errno
import os

import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.models.preset_pointer import followed, point


def refuses(*arguments, **options):
    raise OSError("A required privilege is not held by the client")


@pytest.fixture(params=["links", "no links"])
def system(request, monkeypatch):
    if request.param == "no links":
        monkeypatch.setattr(os, "symlink", refuses)
    return request.param


def preset(folder):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def test_from_one_to_the_next(tmp_path, system):
    one, two = (preset(tmp_path / "epochs" / name) for name in ("1", "2"))
    best = tmp_path / "best"
    for target in (one, two, one):
        point(best, target)
        assert best.is_symlink() == (system == "links")
        assert followed(best).resolve() == target
        assert followed(str(tmp_path)).resolve() == target
    assert {path.name for path in tmp_path.iterdir()} == {"best", "epochs"}


@pytest.mark.parametrize("place", ["symlink", "replace"])
def test_a_full_disk(tmp_path, monkeypatch, place):
    one, two = (preset(tmp_path / name) for name in ("1", "2"))
    point(tmp_path / "best", one)

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, place, full)
    with pytest.raises(NotWritten, match="best could not be written: No space"):
        point(tmp_path / "best", two)
    assert followed(tmp_path / "best").resolve() == one


def test_the_best_before_the_model(tmp_path, system):
    assert followed(tmp_path) == tmp_path
    model = preset(tmp_path / "model")
    assert followed(tmp_path) == model
    best = preset(tmp_path / "epochs" / "1")
    point(tmp_path / "best", best)
    assert followed(tmp_path).resolve() == best
    # Who deletes the epochs keeps the model.
    (best / "config.json").unlink()
    best.rmdir()
    assert followed(tmp_path) == model


def test_a_folder_in_its_place(tmp_path):
    one = preset(tmp_path / "epochs" / "1")
    copied = preset(tmp_path / "best")
    with pytest.raises(NotWritten, match="a folder is in its place"):
        point(tmp_path / "best", one)
    assert (copied / "config.json").exists()


def test_a_preset_leads_to_itself(tmp_path):
    folder = preset(tmp_path / "a")
    preset(folder / "best")
    assert followed(folder) == folder


def test_anything_else(tmp_path):
    missing = tmp_path / "missing"
    assert followed(missing) == missing
    for content in (b"", b"..", b"../b", b"/etc", b"\xff\xfe", b"b\x00", b"x"):
        (tmp_path / "best").write_bytes(content)
        assert followed(tmp_path / "best") == tmp_path / "best"
        assert followed(tmp_path) == tmp_path
