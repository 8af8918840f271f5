"""Where the images of an annotation file are."""

import pytest

from keras_solo.data.formats.image_folders import folder_of
from keras_solo.data.formats.reading import Reading


@pytest.mark.parametrize(
    "folder",
    [
        "annotations",
        "annotations/images",
        "",
        "images",
        "train",
        "images/train",
    ],
)
def test_found(tmp_path, folder):
    path = tmp_path / "annotations" / "train.json"
    images = tmp_path / folder
    images.mkdir(parents=True, exist_ok=True)
    (images / "a.png").touch()
    found = folder_of(["a.png", "missing.png"], path, Reading(tmp_path))
    assert found == images


def test_most_of_the_names_decide(tmp_path):
    for name in ("val/a.png", "train/a.png", "train/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    path = tmp_path / "x.json"
    reading = Reading(tmp_path)
    assert folder_of(["a.png", "b.png"], path, reading) == tmp_path / "train"


def test_nowhere(tmp_path):
    path = tmp_path / "x" / "x.json"
    reading = Reading(tmp_path)
    assert folder_of([], path, reading) == path.parent
    odd = ["a\0b", "../../etc/passwd", "x" * 5000]
    assert folder_of(odd, path, reading) == path.parent
