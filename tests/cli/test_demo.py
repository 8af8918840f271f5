"""`keras-solo demo`, shortened."""

import shlex

import numpy as np

from keras_solo.cli import demo
from keras_solo.cli.demo_report import example_command
from keras_solo.data import load_image
from keras_solo.models import SOLOv2


def test_demo(keras_solo, tiny_preset, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "PRESET", str(tiny_preset))
    monkeypatch.setattr(demo, "TEST_IMAGES", 8)
    # As in test_train, so that the same step need not be compiled again.
    monkeypatch.setattr(demo, "LEARNING_RATE", None)
    monkeypatch.setattr(demo, "MASK_LOSS_WEIGHT", 3.0)
    output = tmp_path / "out"
    code, printed, _ = keras_solo("demo", "--steps", 3, "--output", output)
    assert code == 0
    words = " ".join(printed.split())
    assert "to find circles and rectangles and triangles" in words
    assert "3 steps of 8 images" in words
    assert "Mask AP on images it never saw: 0." in words
    assert "category_loss: " in printed and "mask_loss: " in printed
    # Eight images, each twice, enlarged three times, with a title below.
    sheet = load_image(output / "predictions.png")
    assert sheet.shape == (4 * (384 + 26) + 8, 4 * 384 + 5 * 8, 3)
    # What it printed works as it stands.
    (line,) = [part for part in printed.splitlines() if "predict" in part][-1:]
    assert shlex.split(line) == example_command(output)
    code, printed, _ = keras_solo(*example_command(output)[1:])
    assert code == 0 and "instances in 1 image:" in printed
    assert (output / "found" / "example.png").exists()
    assert load_image(output / "targets.png").std() > 1
    trained = SOLOv2.from_preset(output / "model")
    untrained = SOLOv2.from_preset(tiny_preset)
    assert any(
        not np.array_equal(one, two)
        for one, two in zip(trained.weights, untrained.weights, strict=True)
    )
