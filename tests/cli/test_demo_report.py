"""What a demo shows in the end."""

import numpy as np
import pytest

from keras_solo.cli.demo_report import (
    draw_beside_truth,
    epochs_of,
    example_command,
    one_each,
    say_command,
)
from keras_solo.data import Instances, ShapesDataset, load_image


@pytest.mark.parametrize(
    "steps, epochs", [(1800, 10), (20, 10), (1, 1), (7, 7), (11, 1), (27, 9)]
)
def test_epochs_divide_the_steps(steps, epochs):
    assert epochs_of(steps) == epochs


def test_truth_and_beside_it_what_is_found(make_model, tmp_path):
    shapes = ShapesDataset(3, original_size=(48, 64), seed=2)
    draw_beside_truth(make_model(), shapes, tmp_path, scale=2, batch_size=3)
    # Two images a row, each twice; white is what has no picture.
    sheet = load_image(tmp_path / "predictions.png")
    row = 8 + 96 + 18
    assert sheet.shape == (2 * row + 8, 4 * 128 + 5 * 8, 3)
    assert (sheet[-row:, -264:] == 255).all()
    # Below each picture is which it is.
    for left in range(8, 4 * 136, 136):
        assert (sheet[8 + 96 : row, left : left + 128] < 128).any()
    example = load_image(tmp_path / "example.png")
    np.testing.assert_array_equal(example, shapes[0].load_image())


def test_the_command_is_one_line(tmp_path, capsys):
    output = tmp_path / "a folder with a name that would be wrapped, so long"
    say_command(output)
    words, line = capsys.readouterr().out.splitlines()
    assert words == "The model segments an image so:"
    assert line.startswith("  keras-solo predict --preset '")
    assert example_command(output)[3] == str(output / "model")


def test_one_label_for_one_object():
    masks = np.zeros((4, 8, 8), bool)
    masks[0, :4], masks[1, :5], masks[2, 4:], masks[3, :, :4] = 1, 1, 1, 1
    scores = np.array([0.5, 0.9, 0.4, 0.3], np.float32)
    found = Instances(masks, labels=[0, 1, 0, 0], scores=scores)
    # The first shares most of its pixels with the second.
    assert one_each(found).scores.tolist() == scores[1:].tolist()
    assert len(one_each(found[:0])) == 0
