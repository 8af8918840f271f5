"""`keras-solo check`: what is wrong with a folder, before a training."""

import json
import os
import shutil

import pytest

from keras_solo.data import ShapesDataset
from tests.data.formats.tiny import (
    WRITERS,
    coco_content,
    write_coco,
    write_image,
    write_json,
    write_text,
)

WELL = "--image-size", "128", "128", "--few-objects", "1"


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """In which nothing is an error."""
    folder = tmp_path_factory.mktemp("data") / "shapes"
    ShapesDataset(8, original_size=(128, 128), seed=2).write(folder)
    return folder


@pytest.fixture
def damaged(tmp_path, shapes):
    """The first image is truncated."""
    folder = tmp_path / "damaged"
    shutil.copytree(shapes, folder)
    first = sorted((folder / "images").iterdir())[0]
    first.write_bytes(first.read_bytes()[:-20])
    return folder


def test_nothing(error_of, tmp_path):
    assert "there is no folder" in error_of("check", tmp_path / "none")
    (tmp_path / "in").mkdir()
    assert "in is empty" in error_of("check", tmp_path / "in")
    write_text(tmp_path / "in" / "a.txt", "x")
    assert "no dataset was found in it" in error_of("check", tmp_path / "in")


def test_nothing_is_wrong(keras_solo, shapes):
    code, printed, error = keras_solo("check", shapes, *WELL)
    assert (code, error) == (0, "")
    lines = printed.splitlines()
    assert lines[0].endswith("shapes: COCO JSON.")
    assert "8 of 8 images" in lines
    assert "split  images  objects  crowds  most in an image" in lines
    assert lines[-1].startswith("0 errors, 0 warnings, ")
    assert max(map(len, lines[1:])) < 80


@pytest.mark.parametrize("name", WRITERS)
def test_every_format(keras_solo, tmp_path, name):
    folder = WRITERS[name](tmp_path / "in")
    code, printed, _ = keras_solo("check", folder, "--format", name)
    assert code == 0
    assert "note: images of nearly one colour: 1" in printed
    assert "Proposed settings:\n" in printed


def test_errors(keras_solo, damaged):
    code, printed, _ = keras_solo("check", damaged, *WELL)
    assert code == 1
    assert "error: images that cannot be decoded: 1 (train 1)" in printed
    assert "--on-error skip" in printed
    assert "1 error, 0 warnings" in printed


def test_warnings_count_with_strict(keras_solo, shapes):
    few = "--image-size", "128", "128", "--few-objects", "1000"
    assert keras_solo("check", shapes, *few)[0] == 0
    code, printed, _ = keras_solo("check", shapes, *few, "--strict")
    assert code == 1 and "warning: classes with few objects" in printed


def test_all_that_is_wrong_is_in_the_report(keras_solo, tmp_path):
    """Reading does not stop at the first, and does not warn besides."""
    folder = write_coco(tmp_path / "in")
    content = coco_content()
    for annotation in content["annotations"]:
        annotation["segmentation"] = [[1, 2]]
    write_json(folder / "annotations" / "instances_train2017.json", content)
    code, printed, error = keras_solo("check", folder)
    assert code == 1 and error == ""
    assert "annotations and images that were left out: 2 (train 2)" in printed


def test_files(keras_solo, damaged, tmp_path):
    html, file = tmp_path / "a.html", tmp_path / "a.json"
    html.write_text("old")
    code, _, _ = keras_solo(
        "check", damaged, *WELL, "--html", html, "--json", file
    )
    assert code == 1
    assert "images that cannot be decoded" in html.read_text()
    content = json.loads(file.read_text(), parse_constant=pytest.fail)
    assert content["problems"][0]["kind"] == "damaged_image"
    assert content["image_size"] == [128, 128]


def test_files_of_the_dataset_are_not_written_over(
    error_of, tmp_path, monkeypatch
):
    folder = write_coco(tmp_path / "in")
    annotations = folder / "annotations" / "instances_train2017.json"
    before = annotations.read_bytes()
    link = tmp_path / "link.json"
    link.symlink_to(annotations)
    for path in (annotations, link, folder / "new.json"):
        words = error_of("check", folder, "--json", path)
        assert "expected a file outside the dataset" in words
    monkeypatch.chdir(folder)
    assert "outside the dataset" in error_of("check", ".", "--html", "a.html")
    assert annotations.read_bytes() == before
    assert not (folder / "new.json").exists()


def test_nor_images_that_lie_elsewhere(error_of, tmp_path):
    image = write_image(tmp_path / "a.png")
    before = image.read_bytes()
    write_json(tmp_path / "in" / "a.json", coco_content("../a.png"))
    words = error_of(
        "check", tmp_path / "in", "--allow-outside", "--html", image
    )
    assert "a.png is a file of the dataset" in words
    assert image.read_bytes() == before


def test_wrong_arguments(error_of, tmp_path, shapes):
    start = "check", shapes
    assert "multiples of 32, not 100 128" in error_of(
        *start, "--image-size", "100", "128"
    )
    assert "is a folder" in error_of(*start, "--html", tmp_path)
    assert "there is no folder for" in error_of(
        *start, "--json", tmp_path / "none" / "a.json"
    )
    both = tmp_path / "a"
    assert "expected two files" in error_of(
        *start, "--json", both, "--html", both
    )


def test_text_of_others(keras_solo, tmp_path):
    """Names that are markup, that act on a terminal, that are long."""
    hostile = "<script>alert(1)</script>\n\u202e\x1b[31m" + 300 * "x"
    name = "<script>\n\u202e" + 150 * "y" + ".png"
    content = coco_content(name)
    content["categories"][0]["name"] = hostile
    if os.name == "nt":
        pytest.skip("there are no such file names")
    write_image(tmp_path / "in" / name)
    write_json(tmp_path / "in" / "a.json", content)
    html, file = tmp_path / "a.html", tmp_path / "a.json"
    code, printed, error = keras_solo(
        "check", tmp_path / "in", "--html", html, "--json", file
    )
    assert (code, error) == (0, "")
    page = html.read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    for text in (page, printed):
        assert "\u202e" not in text and "\x1b" not in text
    lines = printed.splitlines()[1:]
    assert max(map(len, lines)) < 80
    assert hostile in json.loads(file.read_text())["class_names"]
