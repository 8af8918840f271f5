"""`keras-solo predict`: what is asked for, what is refused, what is usual."""

import json
import re
import shutil

import cv2
import numpy as np
import pytest

from keras_solo.cli.predict import kinds_of_files
from keras_solo.data import CocoDataset, load_image
from keras_solo.geometry import Intensity, Letterbox


def test_names_as_long_as_a_file_system_takes(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    picture = next((shapes_folder / "images").iterdir())
    for folder, letter in (("a", "x"), ("b", "x"), ("c", "\u00e4")):
        (tmp_path / folder).mkdir()
        name = letter * (251 // len(letter.encode())) + ".png"
        shutil.copy(picture, tmp_path / folder / name)
    code, printed, _ = keras_solo(
        "predict", "--preset", tiny_preset, tmp_path, "--recursive",
        "--output", tmp_path / "out",
    )  # fmt: skip
    assert code == 0 and "in 3 images:" in printed
    assert len(list((tmp_path / "out").glob("*.png"))) == 3


def test_images_broken_and_whole(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    photos, output = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(shapes_folder / "images", photos)
    broken = photos / "000005_broken.png"
    broken.write_bytes((photos / "000005.png").read_bytes()[:99])
    code, printed, error = keras_solo(
        "predict", "--preset", tiny_preset, photos, "--output", output,
        "--score", 0,
    )  # fmt: skip
    assert code == 1
    assert f"skipped: {broken}: the image is truncated" in error
    assert "1 of 9 images could not be read" in error
    assert "instances in 8 images" in printed
    pictures = sorted(path.name for path in output.glob("*.png"))
    assert pictures == [f"00000{i}.png" for i in range(1, 9)]
    assert load_image(output / "000001.png").shape == (512, 512, 3)

    results = json.loads((output / "results.json").read_text())
    assert [image["file_name"] for image in results["images"]] == pictures
    assert [part["name"] for part in results["categories"]] == [
        "circle",
        "rectangle",
        "triangle",
    ]
    for result in results["annotations"]:
        assert result["category_id"] in (1, 2, 3)
        assert 0 <= result["score"] <= 1
        assert result["segmentation"]["size"] == [64, 64]


def test_a_high_score_leaves_nothing(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    code, printed, _ = keras_solo(
        "predict", "--preset", tiny_preset, shapes_folder / "images",
        "--output", tmp_path / "out", "--score", 1,
    )  # fmt: skip
    assert code == 0
    assert "0 instances in 8 images" in printed
    assert "No instance scored 1.0 or more; the best score was 0." in printed


def test_the_most_pixels(keras_solo, shapes_folder, tiny_preset, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    small, large = (images / name for name in ("small.png", "large.png"))
    shutil.copy(next((shapes_folder / "images").iterdir()), small)
    cv2.imwrite(str(large), np.zeros((64, 65, 3), np.uint8))
    code, printed, error = keras_solo(
        "predict", "--preset", tiny_preset, images,
        "--output", tmp_path / "out", "--max-pixels", 64 * 64,
    )  # fmt: skip
    assert code == 1 and "in 1 image:" in printed
    assert "large.png: the image has 64 x 65 pixels" in error
    assert "more than --max-pixels 4096" in error


def test_ids_of_the_model(keras_solo, shapes_folder, make_model, tmp_path):
    for ids, expected in (((7, 9, 42), (7, 9, 42)), (None, (1, 2, 3))):
        make_model(category_ids=ids).save_to_preset(tmp_path / "preset")
        code, printed, _ = keras_solo(
            "predict", "--preset", tmp_path / "preset", "--score", 0,
            shapes_folder / "images", "--output", tmp_path / "out",
        )  # fmt: skip
        assert code == 0
        assert ("counted from 1" in printed) == (ids is None)
        content = json.loads((tmp_path / "out" / "results.json").read_text())
        written = tuple(item["id"] for item in content["categories"])
        assert written == expected
        found = {item["category_id"] for item in content["annotations"]}
        assert found and found <= set(expected)


def test_results_are_annotations(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    """results.json can be read again, corrected, and trained on."""
    keras_solo(
        "predict", "--preset", tiny_preset, shapes_folder / "images",
        "--output", tmp_path, "--score", 0,
    )  # fmt: skip
    dataset = CocoDataset(tmp_path / "results.json", shapes_folder / "images")
    assert dataset.class_names == ("circle", "rectangle", "triangle")
    assert dataset.max_objects() > 0


def test_kinds_of_files():
    assert kinds_of_files("csv") == ["csv"]
    assert kinds_of_files("yolo, label-maps") == ["yolo", "label-maps"]


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("a.jpg", "--track", "--track is for videos, and there is none."),
        ("a.jpg", "--every 2", "--every is for videos, and there is none."),
        ("a.jpg", "--write video", "nothing of video .* about images, and"),
        ("a.mp4", "--write labelme", "nothing of labelme .* about videos"),
        ("a.jpg", "--write csv,nope", "some of pictures, coco, .*'nope'"),
        ("a.jpg", "--write=", "some of pictures, coco, .*''"),
        ("a.jpg", "--scale 2", "--scale goes with --tiled."),
        ("a.jpg", "--tiled --overlap 1", "to below 1, not '1'"),
        ("a.jpg", "--tiled --tta", "--tta: not allowed with .* --tiled"),
        ("a.jpg", "--every 0", "whole number of at least 1, not '0'"),
    ],
)
def test_what_does_not_go_together(error_of, tmp_path, name, typed, problem):
    (tmp_path / name).touch()
    line = error_of(
        "predict", "--preset", "nope", "--output", tmp_path / "out",
        tmp_path / name, *typed.split(),
    )  # fmt: skip
    assert re.search(problem, line)
    assert not (tmp_path / "out").exists()


def test_wrong_arguments(error_of, tmp_path, shapes_folder):
    images = shapes_folder / "images"
    start = "predict", "--output", tmp_path / "out", "--preset"
    assert "'nope'" in error_of(*start, "nope", images)
    assert "nothing.jpg" in error_of(*start, "nope", "nothing.jpg")
    assert "from 0 to 1" in error_of(*start, "nope", images, "--score", "2")


@pytest.mark.parametrize("verbose, start", [(1, "\n"), (2, "")])
def test_a_skipped_image_has_a_line_of_its_own(
    keras_solo,
    shapes_folder,
    tiny_preset,
    tmp_path,
    monkeypatch,
    verbose,
    start,
):
    """A progress bar, as on a terminal, stays on its line."""
    monkeypatch.setattr("keras_solo.cli.predicted.verbosity", lambda: verbose)
    broken = tmp_path / "broken.png"
    broken.touch()
    _, _, error = keras_solo(
        "predict", "--preset", tiny_preset, broken, "--output", tmp_path / "out"
    )
    line = f"{start}keras-solo: skipped: {broken}: the file is empty."
    assert error.startswith(line)


def test_a_folder_of_a_microscope(keras_solo, make_model, tmp_path):
    """12 bits in 16, floats: the preset says that percentiles scale them."""
    letterbox = Letterbox((64, 64), intensity=Intensity("percentiles"))
    model = make_model(preprocessor=letterbox)
    model.save_to_preset(tmp_path / "preset")
    images = tmp_path / "images"
    images.mkdir()
    pixels = np.random.default_rng(0).integers(0, 4096, (40, 60))
    for name, dtype in (("a.tif", "uint16"), ("b.tiff", "float32")):
        assert cv2.imwrite(str(images / name), pixels.astype(dtype))
    code, _, _ = keras_solo(
        "predict", "--preset", tmp_path / "preset", images,
        "--output", tmp_path / "out", "--score", 1,
    )  # fmt: skip
    assert code == 0
    want = letterbox.intensity.to_rgb(pixels)
    for name in ("a.png", "b.png"):
        picture = load_image(tmp_path / "out" / name)
        assert 120 < want.mean() < 135
        assert abs(picture.mean() - want.mean()) < 5
