"""A benchmark of a tiny model: what is measured, and with what."""

import pathlib
import tempfile

import cv2
import keras
import numpy as np
import pytest

from keras_solo.data import ImageError
from keras_solo.evaluation import benchmark

STAGES = [
    "read",
    "letterbox",
    "network",
    "decode",
    "masks home",
    "encode",
    "segment",
]


def test_an_image_without_instances(make_model, tmp_path):
    image = tmp_path / "grey.png"
    cv2.imwrite(str(image), np.full((40, 30, 3), 128, np.uint8))
    model = make_model(decoder={"score_threshold": 1.0})
    result = benchmark(model, image, repeats=1)
    assert result.instances == 0
    assert result.original_size == (40, 30)
    assert image.exists()


def test_noise(tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []
    segment = tiny_model.segment

    def watched(images, batch_size):
        seen.append((images, batch_size))
        return segment(images, batch_size)

    object.__setattr__(tiny_model, "segment", watched)
    result = benchmark(
        tiny_model, batch_size=2, repeats=2, original_size=(48, 80)
    )
    assert list(result.seconds) == STAGES
    assert result.original_size == (48, 80)
    assert (result.canvas_size, result.batch_size) == ((64, 64), 2)
    assert result.instances > 0
    assert min(result.seconds.values()) >= 0
    assert result.seconds["network"] > 0
    # The first call, one to warm up, and two that count, of a batch each.
    assert len(seen) == 4
    assert all(len(set(images)) == 1 for images, _ in seen)
    assert all((len(images), size) == (2, 2) for images, size in seen)
    assert result.machine["backend"].startswith(keras.backend.backend())
    assert not list(tmp_path.iterdir())


def test_a_model_without_names_or_ids(make_model):
    model = make_model(class_names=None, num_classes=3)
    assert benchmark(model, repeats=1, original_size=(48, 80)).instances


def test_it_changes_nothing(tiny_model):
    canvases = np.zeros((1, 64, 64, 3), "float32")
    before = tiny_model.predict_on_batch(canvases)
    weights = tiny_model.get_weights()
    benchmark(tiny_model, repeats=1, original_size=(48, 80))
    after = tiny_model.predict_on_batch(canvases)
    for name in before:
        assert np.array_equal(before[name], after[name])
    for old, new in zip(weights, tiny_model.get_weights(), strict=True):
        assert np.array_equal(old, new)


def test_wrong_arguments(tiny_model, tmp_path):
    for wrong in ({"batch_size": 0}, {"repeats": 0}):
        name = next(iter(wrong))
        with pytest.raises(ValueError, match=f"Received: {name}=0"):
            benchmark(tiny_model, **wrong)
    with pytest.raises(ValueError, match="two positive integers"):
        benchmark(tiny_model, original_size=(0, 5))
    with pytest.raises(ImageError, match="nothing.png"):
        benchmark(tiny_model, pathlib.Path(tmp_path, "nothing.png"))
