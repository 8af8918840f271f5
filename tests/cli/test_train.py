"""`keras-solo train`, from a COCO-format folder to a preset folder."""

import json
import pathlib
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_solo.data import Augmentation, CocoDataset, write_dataset
from keras_solo.geometry import Intensity
from keras_solo.models import SOLOv2
from keras_solo.recipes import LayerwiseAdamW
from keras_solo.training import RunFolder
from tests.backend_use import once

EPOCHS = 3
SHAPES = ("circle", "rectangle", "triangle")


@pytest.fixture
def arguments(shapes_folder, tiny_preset):
    return (
        "train",
        "--train-json", shapes_folder / "annotations.json",
        "--train-images", shapes_folder / "images",
        "--preset", tiny_preset, "--no-weights",
        "--batch-size", 8, "--epochs", EPOCHS,
    )  # fmt: skip


@pytest.fixture
def interrupt(monkeypatch):
    """Raises in the middle of the second epoch."""
    usual = RunFolder.callbacks

    class Interrupt(keras.callbacks.Callback):
        epoch = 0

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 1:
                raise KeyboardInterrupt

    def interrupted(*given, **options):
        return [*usual(*given, **options), Interrupt()]

    monkeypatch.setattr(RunFolder, "callbacks", interrupted)
    return monkeypatch.undo


def rows(folder):
    header, *lines = (folder / "history.csv").read_text().splitlines()
    names = header.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def settings_of(folder):
    return json.loads((folder / "training.json").read_text())["settings"]


def test_whole_interrupted_and_measured(
    keras_solo, arguments, interrupt, tmp_path
):
    """Going on with a whole epoch is in the test of longer trainings."""
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    arguments = *arguments, "--batch-size", 4
    often = "--save-minutes", 1e-6
    code, printed, _ = keras_solo(*arguments, "--output", parts, *often)
    assert code == 130
    done = "1 of 3 epochs and 1 of 2 steps are done. The same command goes on"
    assert done in printed
    assert "--finish it makes" in printed and not (parts / "model").exists()
    assert SOLOv2.from_preset(parts).num_classes == 3
    interrupt()

    code, printed, _ = keras_solo(*arguments, "--output", parts)
    assert code == 0
    assert "Going on after epoch 1 of 3 and step 1 of the next one" in printed
    assert "Epoch 1/3" not in printed and "Epoch 2/3" in printed

    code, printed, _ = keras_solo(*arguments, "--output", whole)
    assert code == 0
    assert "from-scratch, soft mask targets" in " ".join(printed.split())
    assert rows(parts) == rows(whole)
    assert [row["epoch"] for row in rows(parts)] == ["1", "2", "3"]
    names = {path.name for path in whole.iterdir()} - {"curves.png"}
    assert names == {
        "best", "epochs", "history.csv", "last", "model", "targets.png",
        "training.json", "training.lock",
    }  # fmt: skip
    # Without validation nothing was measured.
    assert not [name for name in rows(whole)[0] if name.startswith("val_")]
    first, second = (
        SOLOv2.from_preset(folder / "model") for folder in (parts, whole)
    )
    for one, two in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(one, two)

    code, _, error = keras_solo(*arguments, "--output", whole)
    assert code == 2 and "finished training" in error


def test_measured_on_other_images(
    keras_solo, arguments, shapes_folder, tmp_path
):
    """The best weights by mask AP, on a part of the images."""
    output = tmp_path / "out"
    code, printed, _ = keras_solo(
        *arguments, "--output", output, "--no-augment", "--seed", 3,
        "--valid-json", shapes_folder / "annotations.json",
        "--valid-images", shapes_folder / "images", "--valid-every", 2,
    )  # fmt: skip
    assert code == 0
    assert "Best val_mask_ap" in printed
    figures = [row["val_mask_ap"] for row in rows(output)]
    measured = [bool(figure) for figure in figures]
    # The first, every second, the last.
    assert measured == [True, True, True]
    assert all(0 <= float(figure) <= 1 for figure in figures)
    settings = settings_of(output)
    assert settings["augment"] is False and settings["seed"] == 3
    # Runs of versions that had no such option go on.
    assert settings["reduced_decoding"] is None
    assert settings["copy_paste"] is None
    assert settings["recipe"] == "from-scratch"


def test_settings_follow_the_start(
    keras_solo, arguments, tmp_path, monkeypatch
):
    """With weights: the reference's recipe and rule for masks."""
    given = []
    monkeypatch.setattr(
        "keras_solo.cli.train._fit",
        lambda options, model, batches, *others: given.append(batches),
    )
    monkeypatch.setattr(RunFolder, "finish", lambda run: None)
    with_weights = [part for part in arguments if part != "--no-weights"]
    code, printed, _ = keras_solo(
        *with_weights, "--output", tmp_path / "out", "--limit", 4,
        "--batch-size", 2, "--valid-on-train", "--reduced-decoding",
        "--augment", "large-scale-jitter", "--copy-paste", 0.25,
        "--intensity", "percentiles",
    )  # fmt: skip
    assert code == 0
    (batches,) = given
    varied = batches.make_sample.augmentation
    assert varied == Augmentation.large_scale_jitter(copy_paste=0.25)
    assert batches.make_sample.reduced_decoding
    assert batches.make_sample.letterbox.intensity == Intensity("percentiles")
    assert "4 images, 2 steps an epoch, 3 classes" in printed
    settings = settings_of(tmp_path / "out")
    assert settings["recipe"] == "reference"
    assert settings["mask_targets"] == "binary"
    assert settings["images"] == 4
    assert settings["reduced_decoding"] is True
    assert settings["intensity"] == "percentiles"


def test_the_default_start(
    keras_solo, shapes_folder, make_model, tmp_path, monkeypatch
):
    """ImageNet weights of EfficientNet-Lite, and the recipe for them."""
    asked, given = [], []

    def model_from_backbone(backbone, names, ids, image_size, head, *others):
        asked.append((backbone, image_size, head))
        return make_model(class_names=names, category_ids=ids)

    place = "keras_solo.cli.train"
    monkeypatch.setattr(f"{place}.model_from_backbone", model_from_backbone)
    monkeypatch.setattr(f"{place}._fit", lambda *parts: given.append(parts[1]))
    monkeypatch.setattr(RunFolder, "finish", lambda run: None)
    code, printed, _ = keras_solo(
        "train", shapes_folder, "--output", tmp_path / "out",
        "--image-size", 64, 64, "--epochs", 6,
    )  # fmt: skip
    assert code == 0
    assert asked == [("efficientnet_lite0_imagenet", (64, 64), None)]
    words = " ".join(printed.split())
    assert "the weights of efficientnet_lite0_imagenet; recipe fine-" in words
    optimizer = given[0].optimizer
    assert isinstance(optimizer, LayerwiseAdamW) and optimizer.use_ema
    settings = settings_of(tmp_path / "out")
    assert settings["recipe"] == "fine-tune"
    assert settings["mask_targets"] == "soft"
    assert settings["backbone"] == "efficientnet_lite0_imagenet"


@once
def test_settings_cannot_change(
    keras_solo, error_of, arguments, interrupt, tmp_path
):
    output = "--output", tmp_path / "out"
    keras_solo(*arguments, *output)
    error = error_of(*arguments, *output, "--epochs", 2)
    assert "other settings: epochs was 3, is 2. It goes on" in error
    assert error.endswith("or begin anew with --restart.")
    # As the options are written.
    error = error_of(*arguments, *output, "--batch-size", 4)
    assert "other settings: batch-size was 8, is 4. It goes on" in error


@once
def test_measured_now_and_then(keras_solo, arguments, tmp_path):
    output = tmp_path / "out"
    code, _, _ = keras_solo(
        *arguments, "--output", output, "--valid-on-train",
        "--valid-every", 3, "--epochs", 4,
    )  # fmt: skip
    assert code == 0
    measured = [bool(row["val_mask_ap"]) for row in rows(output)]
    assert measured == [True, False, True, True]


@once
def test_finished_early_and_made_longer(
    keras_solo, error_of, arguments, interrupt, tmp_path
):
    output = "--output", tmp_path / "out"
    error = error_of("train", *output, "--finish")
    assert "--output: Expected best weights in" in error
    keras_solo(*arguments, *output)
    interrupt()
    code, printed, _ = keras_solo("train", *output, "--finish")
    assert code == 0 and "Best loss: " in printed
    model = SOLOv2.from_preset(tmp_path / "out" / "model")
    assert model.class_names == SHAPES
    # It ended after one epoch, though three were meant.
    code, printed, _ = keras_solo(*arguments, *output)
    assert code == 0 and "Going on after epoch 1 of 3" in printed
    assert "finished training of 3" in error_of(*arguments, *output)
    code, printed, _ = keras_solo(*arguments, *output, "--epochs", 4)
    assert code == 0 and "Going on after epoch 3 of 4" in printed
    assert "It was to be 3 epochs: from here on the learning rate is" in (
        " ".join(printed.split())
    )
    assert len(rows(tmp_path / "out")) == 4


@once
def test_the_space_is_said(
    keras_solo, error_of, arguments, tmp_path, monkeypatch
):
    output = "--output", tmp_path / "out"
    _, printed, _ = keras_solo(*arguments, *output, "--epochs", 1)
    assert "On the disk it takes up to" in printed
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    error = error_of(*arguments, "--output", tmp_path / "full")
    assert "needs" in error and "0.001 MB are free" in error


def test_output_is_a_file(error_of, arguments, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for output in (file, file / "run"):
        error = error_of(*arguments, "--output", output)
        assert error.endswith(f"--output: expected a folder, {file} is a file.")
    assert file.read_text() == "mine"


def test_a_loss_that_is_no_number(error_of, arguments, tmp_path):
    error = error_of(
        *arguments, "--output", tmp_path / "out", "--recipe", "reference",
        "--learning-rate", 1e38, "--epochs", 20,
    )  # fmt: skip
    assert "The loss became " in error and "lower --learning-rate" in error


@once
@pytest.mark.parametrize("names", [SHAPES, SHAPES[::-1]])
def test_ids_of_the_data_reach_the_results(
    keras_solo, shapes_folder, make_model, tmp_path, names
):
    """Whatever ids the preset had, and in whatever order its classes are."""
    preset, output = tmp_path / "preset", tmp_path / "out"
    make_model(class_names=names, category_ids=(1, 2, 3)).save_to_preset(preset)
    content = json.loads((shapes_folder / "annotations.json").read_text())
    ids = {item["id"]: new for item, new in zip(
        content["categories"], (7, 9, 42), strict=True
    )}  # fmt: skip
    for item in content["categories"]:
        item["id"] = ids[item["id"]]
    for item in content["annotations"]:
        item["category_id"] = ids[item["category_id"]]
    by_name = {item["name"]: item["id"] for item in content["categories"]}
    (tmp_path / "data.json").write_text(json.dumps(content))
    code, _, _ = keras_solo(
        "train", "--train-json", tmp_path / "data.json",
        "--train-images", shapes_folder / "images", "--preset", preset,
        "--batch-size", 8, "--epochs", 1, "--output", tmp_path / "run",
    )  # fmt: skip
    assert code == 0
    model = SOLOv2.from_preset(tmp_path / "run" / "model")
    assert model.class_names == names
    assert model.category_ids == tuple(by_name[name] for name in names)
    code, printed, _ = keras_solo(
        "predict", "--preset", tmp_path / "run" / "model",
        shapes_folder / "images", "--output", output, "--score", 0,
    )  # fmt: skip
    assert code == 0 and "counted from 1" not in printed
    results = json.loads((output / "results.json").read_text())
    written = {item["name"]: item["id"] for item in results["categories"]}
    assert written == by_name
    found = {item["category_id"] for item in results["annotations"]}
    assert found and found <= {7, 9, 42}


def test_no_weights_to_start_from(error_of, arguments, tmp_path):
    place = arguments.index("--preset")
    name = "solov2_light_r50_dcn_fpn_3x_coco"
    error = error_of(
        *arguments[:place], "--preset", name, "--output", tmp_path / "out"
    )
    assert error.endswith("On the command line: --no-weights.")


def test_nothing_suitable(error_of, arguments, tmp_path):
    output = "--output", tmp_path / "out"
    assert "fills at least one batch" in error_of(
        *arguments, *output, "--batch-size", 9
    )
    assert "No image is left" in error_of(
        *arguments, *output, "--min-object-size", 1000
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [(), ("--restart",)])
def test_files_of_somebody_else_are_not_touched(
    error_of, arguments, tmp_path, monkeypatch, more
):
    for name in ("backup/mine.txt", "model/mine.txt", "history.csv"):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.chdir(tmp_path / "mine")
    error = error_of(*arguments, "--output", ".", *more)
    assert "holds backup, history.csv, model" in error
    found = [p for p in (tmp_path / "mine").rglob("*") if p.is_file()]
    assert len(found) == 3


def test_wrong_annotations(error_of, arguments, tmp_path):
    arguments = list(arguments)
    arguments[2] = tmp_path / "nothing.json"
    output = "--output", tmp_path / "out"
    assert "there is no file" in error_of(*arguments, *output)
    pathlib.Path(arguments[2]).write_text('{"images": []}')
    assert "not a COCO instances file" in error_of(*arguments, *output)


@once
def test_a_folder_of_yolo(keras_solo, shapes_folder, tiny_preset, tmp_path):
    shapes = CocoDataset(
        shapes_folder / "annotations.json", shapes_folder / "images"
    )
    data = tmp_path / "data"
    for split in ("train", "val"):
        write_dataset(shapes.subset(range(2)), data, "yolo", split)
    code, printed, _ = keras_solo(
        "train", data, "--preset", tiny_preset, "--epochs", 1,
        "--batch-size", 2, "--output", tmp_path / "run",
    )  # fmt: skip
    assert code == 0
    assert f"{data}: YOLO segmentation.\n" in printed
    assert "val: 2 images, " in printed
    (row,) = rows(tmp_path / "run")
    assert float(row["val_mask_ap"]) >= 0
