import keras
import numpy as np
import pytest

from keras_solo import Levels
from keras_solo.layers import InstanceDecoder, SOLOv2Head


def predictions(model, images):
    return model.predict(images, verbose=0)


def noisy(count, size=64, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (count, 4, 4, 3))
    return coarse.repeat(size // 4, 1).repeat(size // 4, 2).astype("float32")


@pytest.fixture
def talkative(make_model):
    """A model with many detections: low thresholds, random weights."""
    return make_model(
        decoder={
            "score_threshold": 0.05,
            "update_threshold": 0.001,
            "max_detections": 12,
            "max_candidates": 40,
        }
    )


def test_predict_gives_padded_arrays(talkative):
    found = predictions(talkative, noisy(3))
    assert found["masks"].shape == (3, 12, 16, 16)
    assert found["boxes"].shape == (3, 12, 4)
    assert found["num_detections"].max() > 0
    for image in range(3):
        count = found["num_detections"][image]
        assert (found["confidence"][image, :count] > 0).all()
        assert (np.diff(found["confidence"][image, :count]) <= 0).all()
        assert (found["labels"][image, count:] == -1).all()


def test_alone_or_in_a_batch(talkative):
    """The place of an image in a batch, and its company, do not matter."""
    images = noisy(5)
    together = predictions(talkative, images)
    raw = keras.Model(talkative.input, talkative.output)
    raw_together = raw.predict(images, verbose=0)
    for place in range(5):
        alone = images[place : place + 1]
        for name, value in raw.predict(alone, verbose=0).items():
            np.testing.assert_allclose(
                value[0], raw_together[name][place], atol=2e-5
            )
        found = predictions(talkative, alone)
        for name in found:
            np.testing.assert_allclose(
                found[name][0], together[name][place], atol=1e-4
            )
    again = predictions(talkative, images[::-1])
    for name in together:
        np.testing.assert_allclose(again[name][::-1], together[name], atol=1e-4)


def test_another_decoder(talkative):
    before = predictions(talkative, noisy(1))
    talkative.decoder = InstanceDecoder(
        talkative.levels, score_threshold=0.999, max_detections=3
    )
    after = predictions(talkative, noisy(1))
    assert before["num_detections"][0] > 0
    assert after["num_detections"][0] == 0 and after["labels"].shape == (1, 3)
    with pytest.raises(ValueError, match="levels"):
        talkative.decoder = InstanceDecoder(Levels())


def test_a_second_prediction_runs_no_python(talkative, monkeypatch):
    """Compiled backends call no layer again, whatever the decoder is."""
    calls = []
    call = SOLOv2Head.call

    def counted(self, *args, **kwargs):
        calls.append(self)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(SOLOv2Head, "call", counted)
    eager = keras.backend.backend() == "torch"
    for decoder in (talkative.decoder, InstanceDecoder()):
        talkative.decoder = decoder
        talkative.predict_on_batch(noisy(1))
        calls.clear()
        talkative.predict_on_batch(noisy(1))
        assert len(calls) == eager


def test_images_of_two_shapes(talkative):
    for shape in ((64, 64), (64, 96), (96, 64)):
        image = noisy(1, 96)[:, : shape[0], : shape[1]]
        found = predictions(talkative, image)
        assert found["masks"].shape[2:] == (shape[0] // 4, shape[1] // 4)
