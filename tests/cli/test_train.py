"""`keras-solo train`, from a COCO-format folder to a preset folder."""

import json
import pathlib

import keras
import numpy as np
import pytest

from keras_solo.cli import training_callbacks
from keras_solo.models import SOLOv2

EPOCHS = 3


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
    usual = training_callbacks.training_callbacks

    class Interrupt(keras.callbacks.Callback):
        epoch = 0

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 1:
                raise KeyboardInterrupt

    def interrupted(*given):
        return [*usual(*given), Interrupt()]

    monkeypatch.setattr(training_callbacks, "training_callbacks", interrupted)
    return monkeypatch.undo


def rows(folder):
    header, *lines = (folder / "history.csv").read_text().splitlines()
    names = header.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def test_whole_interrupted_and_measured(
    keras_solo, arguments, interrupt, tmp_path
):
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    code, printed, _ = keras_solo(*arguments, "--output", parts)
    assert code == 130
    assert "1 of 3 epochs are done. The same command goes on" in printed
    assert not (parts / "model").exists()
    interrupt()

    code, printed, _ = keras_solo(*arguments, "--output", parts)
    assert code == 0
    assert "Going on after epoch 1 of 3" in printed
    assert "Epoch 1/3" not in printed and "Epoch 2/3" in printed

    code, printed, _ = keras_solo(*arguments, "--output", whole)
    assert code == 0
    assert "from-scratch, soft mask targets" in " ".join(printed.split())
    assert rows(parts) == rows(whole)
    assert [row["epoch"] for row in rows(parts)] == ["0", "1", "2"]
    names = {path.name for path in whole.iterdir()} - {"curves.png"}
    assert names == {"model", "history.csv", "targets.png", "training.json"}
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
    figures = [float(row["val_mask_ap"]) for row in rows(output)]
    assert len(figures) == EPOCHS and all(0 <= ap <= 1 for ap in figures)
    settings = json.loads((output / "training.json").read_text())
    assert settings["augment"] is False and settings["seed"] == 3
    assert settings["recipe"] == "from-scratch"


def test_settings_follow_the_start(
    keras_solo, arguments, tmp_path, monkeypatch
):
    """With weights: the reference's recipe and rule for masks."""
    monkeypatch.setattr("keras_solo.cli.train._fit", lambda *given: None)
    monkeypatch.setattr("keras_solo.cli.train._finish", lambda *given: None)
    with_weights = [part for part in arguments if part != "--no-weights"]
    code, printed, _ = keras_solo(
        *with_weights, "--output", tmp_path / "out", "--limit", 4,
        "--batch-size", 2, "--valid-on-train",
    )  # fmt: skip
    assert code == 0
    assert "4 images, 2 steps an epoch, 3 classes" in printed
    settings = json.loads((tmp_path / "out" / "training.json").read_text())
    assert settings["recipe"] == "reference"
    assert settings["mask_targets"] == "binary"
    assert settings["images"] == 4


def test_wrong_arguments(error_of, arguments, shapes_folder, tmp_path):
    output = "--output", tmp_path / "out"
    json_file = shapes_folder / "annotations.json"
    assert "need one another" in error_of(
        *arguments, *output, "--valid-json", json_file
    )
    assert "exclude one another" in error_of(
        *arguments, *output, "--valid-on-train", "--valid-json", json_file,
        "--valid-images", shapes_folder,
    )  # fmt: skip
    assert "--head goes with" in error_of(*arguments, *output, "--head", "full")
    assert "multiples of 32, not 100 64" in error_of(
        *arguments, *output, "--image-size", 100, 64
    )
    assert "not allowed with" in error_of(
        *arguments, *output, "--backbone", "resnet18"
    )
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


def test_no_weights_goes_with_a_preset(error_of, arguments, tmp_path):
    place = arguments.index("--preset")
    given = (*arguments[:place], "--backbone", "resnet18", "--no-weights")
    assert "--no-weights goes with" in error_of(
        *given, "--output", tmp_path / "out"
    )


def test_wrong_annotations(error_of, arguments, tmp_path):
    arguments = list(arguments)
    arguments[2] = tmp_path / "nothing.json"
    output = "--output", tmp_path / "out"
    assert "there is no file" in error_of(*arguments, *output)
    pathlib.Path(arguments[2]).write_text('{"images": []}')
    assert "not a COCO instances file" in error_of(*arguments, *output)
