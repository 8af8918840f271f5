"""`keras-solo evaluate`: a table of figures, and a file of them."""

import json
import sys

import pytest

from keras_solo import SOLOv2
from keras_solo.data import CocoDataset, write_dataset
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.evaluation import evaluate_results
from keras_solo.inference import TTA, Tiling
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


def test_options_are_passed_on(keras_solo, arguments, monkeypatch):
    given = {}

    def evaluate(model, dataset, **options):
        given.update(options)
        return evaluate_results([], dataset)

    monkeypatch.setattr("keras_solo.cli.evaluate.evaluate", evaluate)
    code, *_ = keras_solo(
        "evaluate", "--preset", "solov2_tiny_shapes", *arguments,
        "--evaluator", "pycocotools", "--max-detections", "100",
        "--score", "0.25",
    )  # fmt: skip
    assert code == 0 and given["evaluator"] == "pycocotools"
    assert given["max_detections"] == 100
    assert given["score_threshold"] == 0.25


@pytest.mark.parametrize(
    ("words", "tiled", "tta"),
    [
        ("", False, False),
        ("--tiled", Tiling(), False),
        (
            "--tiled --tile 96 128 --overlap 0.5 --scale 1.25",
            Tiling((96, 128), 0.5, 1.25),
            False,
        ),
        ("--tta", False, TTA()),
    ],
)
def test_tiles_and_views(keras_solo, arguments, monkeypatch, words, tiled, tta):
    given = {}

    def evaluate(model, dataset, **options):
        given.update(options)
        return evaluate_results([], dataset)

    monkeypatch.setattr("keras_solo.cli.evaluate.evaluate", evaluate)
    preset = "--preset", "solov2_tiny_shapes"
    code, *_ = keras_solo("evaluate", *preset, *arguments, *words.split())
    assert code == 0 and (given["tiled"], given["tta"]) == (tiled, tta)


def test_tiles_that_are_not_wanted(error_of, arguments, monkeypatch):
    """Found before a model is loaded."""
    monkeypatch.setattr(SOLOv2, "from_preset", None)
    start = "evaluate", "--preset", "solov2_tiny_shapes", *arguments
    assert "--scale goes with --tiled." in error_of(*start, "--scale", "2")


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


# === A folder ===


def test_a_folder(keras_solo, error_of, shapes_folder, tiny_preset, tmp_path):
    splits = tmp_path / "splits"
    shapes = CocoDataset(
        shapes_folder / "annotations.json", shapes_folder / "images"
    )
    for split, count in (("train", 3), ("val", 2), ("test", 1)):
        write_dataset(shapes.subset(range(count)), splits, "yolo", split)
    start = "evaluate", splits, "--preset", tiny_preset
    assert "\n2 images\n" in keras_solo(*start)[1]
    assert "\n1 image\n" in keras_solo(*start, "--split", "test")[1]
    error = error_of(*start, "--split", "valid")
    assert error.endswith(
        "it has no split 'valid'. --split takes one of train, val, test."
    )
    assert "--json and DATA exclude" in error_of(*start, "--json", "a.json")
    assert "DATA: there is no folder" in error_of(
        "evaluate", tmp_path / "nothing", *start[2:]
    )
    files = "--json", shapes_folder / "annotations.json", "--images", "."
    for option in ("--split", "test"), ("--format", "coco"):
        error = error_of("evaluate", *files, *start[2:], *option)
        assert error.endswith(f"{option[0]} goes with DATA.")


# === Results of other tools ===


@pytest.fixture
def results(shapes_folder, tmp_path):
    """The first object of each image, with scores; and the file of them."""
    content = json.loads((shapes_folder / "annotations.json").read_text())
    first = {
        item["image_id"]: {
            "image_id": item["image_id"],
            "category_id": item["category_id"],
            "segmentation": encode_mask(
                rasterize(item["segmentation"], (64, 64))
            ),
            "score": 0.5,
        }
        for item in content["annotations"]
    }
    path = tmp_path / "results.json"
    path.write_text(json.dumps(list(first.values())))
    return path


def test_results(keras_solo, arguments, results, tmp_path, monkeypatch):
    """No model is loaded, and no image where there is none."""
    monkeypatch.setattr(SOLOv2, "from_preset", None)
    page, file = tmp_path / "report.html", tmp_path / "figures.json"
    code, printed, _ = keras_solo(
        "evaluate", "--results", results, *arguments[:2], "--report", page,
        "--output", file, "--max-detections", "1000",
    )  # fmt: skip
    assert code == 0
    assert "AR1000" in printed and "\nmatched " in printed
    assert "By class" not in printed
    figures = json.loads(file.read_text(), parse_constant=pytest.fail)
    assert figures["confusion"]["matched"] == 8
    assert figures["mask_precision50"] == 1.0
    text = page.read_text(encoding="utf-8")
    assert "<h1>results.json on annotations.json</h1>" in text
    assert "There are no image files" in text
    code, *_ = keras_solo(
        "evaluate", "--results", results, *arguments, "--report", page
    )
    assert code == 0
    assert "There are no image files" not in page.read_text(encoding="utf-8")


def test_wrong_results(error_of, arguments, results, tmp_path):
    start = "evaluate", "--results", results
    entries = json.loads(results.read_text())
    entries[2]["score"] = float("nan")
    results.write_text(json.dumps(entries))
    error = error_of(*start, *arguments)
    assert "results.json: result 2: expected a score that is" in error
    assert "--results: there is no file" in error_of(
        *start[:2], "nothing.json", *arguments
    )
    for words in ("--limit 2", "--tiled", "--tta"):
        error = error_of(*start, *arguments, *words.split())
        assert error.endswith(f"{words.split()[0]} goes with --preset.")


def test_what_is_missing(error_of, keras_solo, arguments, tmp_path):
    code, _, error = keras_solo("evaluate", *arguments)
    assert code == 2 and "--preset --results is required" in error
    start = "evaluate", "--preset", "solov2_tiny_shapes"
    assert error_of(*start).endswith(
        "expected DATA, or --json and --images, too."
    )
    assert error_of(*start, *arguments[:2]).endswith("expected --images, too.")
    assert "--split goes with DATA" in error_of(
        *start, *arguments, "--split", "val"
    )
    assert "--report: there is no folder" in error_of(
        *start, *arguments, "--report", tmp_path / "nothing" / "a.html"
    )
