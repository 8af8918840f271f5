"""`keras-solo demo`, shortened."""

import numpy as np
import pytest

from keras_solo.cli import demo
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
    # Two rows of four images, enlarged three times.
    sheet = load_image(output / "predictions.png")
    assert sheet.shape == (2 * 384 + 3 * 8, 4 * 384 + 5 * 8, 3)
    assert load_image(output / "targets.png").std() > 1
    trained = SOLOv2.from_preset(output / "model")
    untrained = SOLOv2.from_preset(tiny_preset)
    assert any(
        not np.array_equal(one, two)
        for one, two in zip(trained.weights, untrained.weights, strict=True)
    )


@pytest.mark.parametrize(
    "steps, epochs", [(1800, 10), (20, 10), (1, 1), (7, 7), (11, 1), (27, 9)]
)
def test_epochs_divide_the_steps(steps, epochs):
    assert demo.epochs_of(steps) == epochs
