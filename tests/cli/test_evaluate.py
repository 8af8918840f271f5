"""`keras-solo evaluate`: a table of figures, and a file of them."""

import json
import sys

import pytest

from keras_solo import SOLOv2
from keras_solo.evaluation import coco_average_precision
from tests.turned_photos import write_turned


@pytest.fixture
def arguments(shapes_folder):
    return (
        "--json", shapes_folder / "annotations.json",
        "--images", shapes_folder / "images",
    )  # fmt: skip


def test_evaluate(keras_solo, arguments, tiny_preset, tmp_path):
    file = tmp_path / "scores.json"
    code, printed, _ = keras_solo(
        "evaluate", "--preset", tiny_preset, *arguments, "--per-class",
        "--output", file, "--evaluator", "pycocotools",
    )  # fmt: skip
    assert code == 0
    lines = printed.splitlines()
    assert "8 images" in lines
    first = lines.index("8 images")
    assert lines[first + 1].split()[:3] == ["AP", "AP50", "AP75"]
    assert lines[first + 2].startswith("mask  0.")
    assert lines[first + 3].startswith("box   0.")
    assert any(line.startswith("rectangle ") for line in lines)
    # Strict JSON: nothing is large in images of 64 x 64 pixels.
    scores = json.loads(file.read_text(), parse_constant=pytest.fail)
    assert scores["mask_ap_large"] is None
    assert set(scores["mask_ap_per_class"]) == {
        "circle",
        "rectangle",
        "triangle",
    }


def test_wrong_arguments(error_of, arguments, tmp_path, shapes_folder):
    assert "'nope'" in error_of("evaluate", "--preset", "nope", *arguments)
    images = "--images", shapes_folder / "images"
    start = "evaluate", "--preset", "solov2_tiny_shapes"
    assert "--json: there is no file" in error_of(
        *start, *images, "--json", "nothing.json"
    )
    (tmp_path / "empty").mkdir()
    assert "is empty" in error_of(*start, *arguments[:2], "--images",
                                  tmp_path / "empty")  # fmt: skip
    assert "there is no folder for" in error_of(
        *start, *arguments, "--output", tmp_path / "nothing" / "a.json"
    )
    assert "is a folder" in error_of(*start, *arguments, "--output", tmp_path)


def test_who_evaluates(error_of, keras_solo, arguments, monkeypatch):
    """Found before a model is loaded."""
    start = "evaluate", "--preset", "solov2_tiny_shapes", *arguments
    monkeypatch.setattr(SOLOv2, "from_preset", None)
    monkeypatch.setitem(sys.modules, "hotcoco", None)
    error = error_of(*start, "--evaluator", "hotcoco")
    assert "keras-solo[fast-eval]" in error
    code, _, error = keras_solo(*start, "--evaluator", "fast")
    assert code == 2 and "invalid choice: 'fast'" in error


def test_the_evaluator_is_passed_on(keras_solo, arguments, monkeypatch):
    given = {}

    def evaluate(model, dataset, **options):
        given.update(options)
        return coco_average_precision(dataset.to_coco(), [])

    monkeypatch.setattr("keras_solo.cli.evaluate.evaluate_coco", evaluate)
    code, *_ = keras_solo(
        "evaluate", "--preset", "solov2_tiny_shapes", *arguments,
        "--evaluator", "pycocotools",
    )  # fmt: skip
    assert code == 0 and given["evaluator"] == "pycocotools"


def test_no_class_in_common(error_of, arguments, make_model, tmp_path):
    names = ("cat", "cow", "dog")
    make_model(class_names=names).save_to_preset(tmp_path / "pets")
    error = error_of("evaluate", "--preset", tmp_path / "pets", *arguments)
    assert f"{arguments[1]} has none of the model's classes. It has" in error
    assert error.endswith("the model has cat, cow, dog.")


def test_turned_photos(error_of, keras_solo, tiny_preset, tmp_path):
    _, path, images = write_turned(tmp_path)
    start = (
        *("evaluate", "--preset", tiny_preset, "--json", path),
        *("--images", images),
    )
    error = error_of(*start)
    assert "They are of the image turned as its EXIF" in error
    assert error.endswith("says: --exif-orientation.")
    code, printed, _ = keras_solo(*start, "--exif-orientation")
    assert code == 0 and "mask" in printed
    error = error_of(*start, "--max-pixels", "6143")
    assert "64 x 96 pixels (height x width); at most 6143 pixels" in error


def test_wrong_annotations(error_of, tiny_preset, tmp_path, shapes_folder):
    file = tmp_path / "wrong.json"
    file.write_text("{")
    start = "evaluate", "--preset", tiny_preset
    images = "--images", shapes_folder / "images"
    assert "not valid JSON" in error_of(*start, *images, "--json", file)
