"""`keras-solo demo`, shortened."""

import shlex

import numpy as np
import pytest

from keras_solo.cli import demo
from keras_solo.data import Instances, load_image
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
    # Eight images, each twice, enlarged three times.
    sheet = load_image(output / "predictions.png")
    assert sheet.shape == (4 * 384 + 5 * 8, 4 * 384 + 5 * 8, 3)
    # What it printed works as it stands.
    (line,) = [part for part in printed.splitlines() if "predict" in part][-1:]
    assert shlex.split(line) == demo.example_command(output)
    code, printed, _ = keras_solo(*demo.example_command(output)[1:])
    assert code == 0 and "instances in 1 image:" in printed
    assert (output / "found" / "example.png").exists()
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


def test_one_label_for_one_object():
    masks = np.zeros((4, 8, 8), bool)
    masks[0, :4], masks[1, :5], masks[2, 4:], masks[3, :, :4] = 1, 1, 1, 1
    scores = np.array([0.5, 0.9, 0.4, 0.3], np.float32)
    found = Instances(masks, labels=[0, 1, 0, 0], scores=scores)
    # The first shares most of its pixels with the second.
    assert demo.one_each(found).scores.tolist() == scores[1:].tolist()
    assert len(demo.one_each(found[:0])) == 0
