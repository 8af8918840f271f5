from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from keras_solo import Letterbox, Levels, SOLOv2
from keras_solo.data import ShapesDataset
from keras_solo.data.shapes import SHAPES
from keras_solo.evaluation import evaluate_coco
from keras_solo.layers import InstanceDecoder
from tests.mmdet_files import META


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


# === Compiled once ===

compiled = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch compiles nothing"
)


@pytest.fixture
def calls(monkeypatch):
    """The layers that Python called."""
    called = []
    call = keras.layers.Layer.__call__

    def counted(self, *args, **kwargs):
        called.append(self.name)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(keras.layers.Layer, "__call__", counted)
    return called


def from_keras_file(model, folder):
    model.save(folder / "whole.keras")
    return keras.saving.load_model(folder / "whole.keras")


def from_folder(model, folder):
    model.save_to_preset(folder / "preset")
    return SOLOv2.from_preset(folder / "preset")


def with_another_decoder(model, folder):
    model.decoder = InstanceDecoder(max_detections=4)
    return model


# Eight programs are compiled for each: one way here, and a preset below.
roads = pytest.mark.parametrize(
    "road",
    [
        pytest.param(from_keras_file, marks=pytest.mark.long),
        pytest.param(from_folder, marks=pytest.mark.long),
        with_another_decoder,
    ],
    ids=["keras file", "folder", "another decoder"],
)


def check_runs_no_python(model, calls):
    """Of each way into a model the second call calls no layer."""
    height, width = model.preprocessor.largest_canvas
    shapes = ShapesDataset(2, original_size=(height, width))
    images, masks, labels = shapes_batch(height, width)
    targets = {"masks": masks, "labels": labels}
    ways = {
        "predict_on_batch": lambda: model.predict_on_batch(images),
        "predict": lambda: model.predict(images, verbose=0),
        "test_on_batch": lambda: model.test_on_batch(images, targets),
        "train_on_batch": lambda: model.train_on_batch(images, targets),
        "fit": lambda: model.fit(images, targets, batch_size=2, verbose=0),
        "evaluate": lambda: model.evaluate(images, targets, verbose=0),
        "segment": lambda: model.segment(list(images)),
        "evaluate_coco": lambda: evaluate_coco(model, shapes, verbose=0),
    }
    for way in ways.values():
        way()
    calls.clear()
    for name, way in ways.items():
        way()
        assert not calls, f"{name} calls {calls[:5]}"


def shapes_batch(height, width):
    images = np.zeros((2, height, width, 3), "uint8")
    masks = np.zeros((2, 3, height // 4, width // 4), "uint8")
    masks[0, 0, 2:8, 3:9] = 1
    return images, masks, np.array([[1, -1, -1], [-1, -1, -1]], "int32")


@compiled
@roads
def test_a_second_call_runs_no_python(make_model, tmp_path, calls, road):
    check_runs_no_python(road(make_model(), tmp_path), calls)


@compiled
def test_nor_does_a_preset(calls):
    check_runs_no_python(SOLOv2.from_preset("solov2_tiny_shapes"), calls)


@pytest.mark.long
@compiled
def test_nor_does_a_file_of_mmdetection(mmdet_file, calls):
    model = SOLOv2.from_preset(
        mmdet_file(**META),
        preprocessor=Letterbox((64, 64)),
        class_names=SHAPES,
    )
    check_runs_no_python(model, calls)


# === Threads ===


@pytest.mark.parametrize(
    "calls", [40, pytest.param(200, marks=pytest.mark.long)]
)
def test_threads_find_what_one_thread_finds(talkative, calls):
    """8 threads, so many calls each; nothing is compiled when they start."""
    photos = list(noisy(8).astype("uint8"))
    alike = make_alike(talkative)
    want = [alike.segment(photo) for photo in photos]

    def find(turn):
        place = turn % len(photos)
        if turn % 2:
            return place, talkative.segment(photos[place])
        return place, talkative.predict_on_batch(photos[place][None])

    with ThreadPoolExecutor(8) as pool:
        for place, found in pool.map(find, range(8 * calls)):
            check_found(found, want[place])
    # And the model lives.
    check_found(talkative.segment(photos[0]), want[0])


def make_alike(model):
    other = SOLOv2.from_config(model.get_config())
    other.set_weights(model.get_weights())
    return other


def check_found(found, want):
    if isinstance(found, dict):
        scores = found["confidence"][0, : found["num_detections"][0]]
    else:
        scores = found.scores
        np.testing.assert_array_equal(found.labels, want.labels)
    np.testing.assert_allclose(scores, want.scores, atol=1e-4)


@pytest.mark.parametrize(
    "given, received",
    [
        (None, "None"),
        ([np.zeros((64, 64, 3))], r"\[array"),
        (np.zeros((64, 64, 3)), r"shape \(64, 64, 3\)"),
        (np.zeros((0, 64, 64, 3)), r"shape \(0, 64, 64, 3\)"),
        (np.zeros((1, 64, 100, 3)), r"shape \(1, 64, 100, 3\)"),
        (np.zeros((1, 64, 64, 4)), r"shape \(1, 64, 64, 4\)"),
    ],
)
def test_what_is_no_batch_of_canvases(tiny_model, given, received):
    with pytest.raises(ValueError, match=f"B, H, W, 3.*{received}"):
        tiny_model.predict_on_batch(given)


def test_images_of_two_shapes(talkative):
    for shape in ((64, 64), (64, 96), (96, 64)):
        image = noisy(1, 96)[:, : shape[0], : shape[1]]
        found = predictions(talkative, image)
        assert found["masks"].shape[2:] == (shape[0] // 4, shape[1] // 4)
