"""`keras-solo convert`, from one format to another."""

import pytest

from keras_solo.cli import convert
from keras_solo.data import open_dataset
from tests.data.formats.tiny import WRITERS, write_panoptic, write_text


def test_nothing(error_of, tmp_path):
    (tmp_path / "in").mkdir()
    arguments = "convert", tmp_path / "in", tmp_path / "out", "--to", "yolo"
    assert "in is empty" in error_of(*arguments)
    write_text(tmp_path / "in" / "a.txt", "x")
    assert "no dataset was found in it" in error_of(*arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["coco", "labelme", "voc"])
def test_from(keras_solo, tmp_path, name):
    folder = WRITERS[name](tmp_path / "in")
    out = tmp_path / "out"
    code, printed, _ = keras_solo("convert", folder, out, "--to", "yolo")
    assert code == 0
    assert f"train: 1 image in {out}." in printed
    (record,) = open_dataset(out, verbose=0)
    assert [item.area for item in record.objects] == [12, 12]


def test_a_class_is_named(keras_solo, tmp_path):
    folder = WRITERS["instance_png"](tmp_path / "in")
    out = tmp_path / "out"
    command = "convert", folder, out, "--to", "coco", "--class-name", "cell"
    assert keras_solo(*command)[0] == 0
    assert open_dataset(out, verbose=0).class_names == ("cell",)


def test_what_is_lost(keras_solo, tmp_path):
    folder = write_panoptic(tmp_path / "in")
    with pytest.warns(UserWarning, match=r"LabelMe JSON .* all \(crowds: 1\)"):
        code, _, _ = keras_solo(
            "convert", folder, tmp_path / "out", "--to", "labelme"
        )
    assert code == 1


def test_nothing_is_overwritten(error_of, tmp_path):
    folder = WRITERS["coco"](tmp_path / "in")
    write_text(tmp_path / "out" / "mine.txt", "x")
    words = error_of("convert", folder, tmp_path / "out", "--to", "coco")
    assert "is not empty" in words
    assert (tmp_path / "out" / "mine.txt").read_text() == "x"


@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_of_what_was_interrupted_nothing_stays(
    keras_solo, tmp_path, monkeypatch, error
):
    folder = WRITERS["coco"](tmp_path / "in")

    def fails(*arguments):
        raise error

    monkeypatch.setattr(convert, "write_dataset", fails)
    command = "convert", folder, tmp_path / "out", "--to", "yolo"
    code, _, _ = keras_solo(*command)
    assert code in (2, 130)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    monkeypatch.undo()
    (tmp_path / "out").mkdir()
    assert (
        keras_solo("convert", folder, tmp_path / "out", "--to", "yolo")[0] == 0
    )
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
