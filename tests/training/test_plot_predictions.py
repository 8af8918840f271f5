"""PlotPredictions: when, which images, and what is drawn."""

import numpy as np
import pytest

from keras_solo.callbacks import PlotPredictions
from keras_solo.data import ShapesDataset, load_image
from keras_solo.inference import Tiling
from keras_solo.inference.chosen_stream import chosen_stream
from keras_solo.training import plot_predictions
from keras_solo.training.plot_predictions import chosen_images, panel
from keras_solo.visualization import Picture

SHAPES = ShapesDataset(3, original_size=(64, 64))


def drawn_after(callback, epochs, monkeypatch):
    """The names of the pictures of a training of so many epochs."""
    picture = Picture(np.zeros((8, 8, 3), np.uint8))
    monkeypatch.setattr(callback, "_draw", lambda: picture)
    callback.set_params({"epochs": epochs})
    for epoch in range(epochs):
        callback.on_epoch_end(epoch)
    return sorted(path.name for path in callback.folder.glob("*"))


def test_no_images(tmp_path, monkeypatch):
    callback = PlotPredictions(ShapesDataset(0), tmp_path / "none")
    assert drawn_after(callback, 2, monkeypatch) == []


def test_first_last_and_every_third(tmp_path, monkeypatch):
    callback = PlotPredictions(SHAPES, tmp_path / "a" / "b", every=3)
    assert drawn_after(callback, 7, monkeypatch) == [
        f"epoch_00{n}.png" for n in (1, 3, 6, 7)
    ]


def test_the_truth_is_beside_what_is_found(tmp_path, tiny_model):
    callback = PlotPredictions(SHAPES, tmp_path, images=2, min_score=1.0)
    tiny_model.compile()
    callback.set_model(tiny_model)
    callback.on_epoch_end(0)
    sheet = load_image(tmp_path / "epoch_001.png")
    assert sheet.shape == (320 + 16 + 18, 4 * 328 + 8, 3)
    left, right = sheet[8:328, 8:328], sheet[8:328, 336:656]
    image = SHAPES[callback.chosen[0]].load_image()
    # Nothing has the score 1: the right one is the image as it is.
    np.testing.assert_allclose(right[2::5, 2::5].astype(int), image, atol=1)
    assert (left != right).any()


def test_in_tiles(tmp_path, tiny_model, monkeypatch):
    """Small objects are found at the scale that was asked for."""
    seen = []

    def stream(model, images, batch_size, tiled, **options):
        seen.append((batch_size, tiled))
        return chosen_stream(model, images, batch_size, tiled, **options)

    monkeypatch.setattr(plot_predictions, "chosen_stream", stream)
    tiling = Tiling(scale=1.5)
    callback = PlotPredictions(SHAPES, tmp_path, batch_size=2, tiled=tiling)
    tiny_model.compile()
    callback.set_model(tiny_model)
    callback.on_epoch_end(0)
    assert seen == [(2, tiling)]
    assert load_image(tmp_path / "epoch_001.png").ndim == 3
    with pytest.raises(ValueError, match="Received: tiled=2"):
        PlotPredictions(SHAPES, tmp_path, tiled=2)


def test_a_seed_chooses():
    assert chosen_images(100, 4, 1) == chosen_images(100, 4, 1)
    assert chosen_images(100, 4, 1) != chosen_images(100, 4, 2)
    assert len(set(chosen_images(100, 4, 1))) == 4


def test_a_panel_keeps_the_shape():
    square = panel(Picture(np.zeros((100, 400, 3), np.uint8)), 40).array
    assert not square[:10].any() and (square[10:] == 255).all()


def test_wrong_numbers(tmp_path):
    with pytest.raises(ValueError, match="at least 1. Received: 0, 4 and 8"):
        PlotPredictions(SHAPES, tmp_path, every=0)
