import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, Levels, ResNet, SOLOv2
from keras_solo.layers import InstanceDecoder, SOLOv2Head


def predictions(model, images):
    return model.predict(images, verbose=0)


def same(one, other, tolerance=1e-5):
    assert set(one) == set(other)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=tolerance)


# === Training ===


def test_it_learns(tiny_model, tiny_batch):
    images, targets = tiny_batch
    tiny_model.compile(optimizer=keras.optimizers.Adam(3e-3))
    history = tiny_model.fit(
        images, targets, batch_size=2, epochs=12, verbose=0
    ).history
    assert set(history) == {"loss", "category_loss", "mask_loss"}
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    # The named losses are what the sum is made of.
    assert history["loss"][3] == pytest.approx(
        history["category_loss"][3] + history["mask_loss"][3], rel=1e-4
    )


def test_plain_compile_works(tiny_model, tiny_batch):
    tiny_model.compile()
    history = tiny_model.fit(*tiny_batch, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_a_class_has_its_prior_probability_at_birth(tiny_model, tiny_batch):
    logits = tiny_model(tiny_batch[0].astype("float32"))["category_logits"]
    mean = float(ops.convert_to_numpy(ops.mean(ops.sigmoid(logits))))
    assert mean == pytest.approx(0.1, rel=0.1)


def empty(targets, images=(0, 1)):
    labels = targets["labels"].copy()
    labels[list(images)] = -1
    return {**targets, "labels": labels}


@pytest.mark.parametrize("images", [(0,), (0, 1)])
def test_no_objects_in_an_image_or_a_batch_or_an_epoch(
    tiny_model, tiny_batch, images
):
    x, targets = tiny_batch
    history = tiny_model.fit(
        x, empty(targets, images), epochs=2, verbose=0
    ).history
    assert np.isfinite(history["loss"]).all()
    assert (history["mask_loss"][0] == 0) == (len(images) == 2)
    for weight in tiny_model.get_weights():
        assert np.isfinite(weight).all()


def test_targets_may_be_encoded_already(tiny_model, tiny_batch):
    images, targets = tiny_batch
    encoded = {
        name: ops.convert_to_numpy(value)
        for name, value in tiny_model.target_encoder(targets).items()
    }
    raw = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    done = tiny_model.evaluate(images, encoded, verbose=0, return_dict=True)
    assert raw == pytest.approx(done, rel=1e-6)


def test_tf_data(tiny_model, tiny_batch):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("loading TensorFlow beside another backend takes long")
    images, targets = tiny_batch
    pipeline = tf.data.Dataset.from_tensor_slices((images, targets)).batch(2)
    arrays = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    piped = tiny_model.evaluate(pipeline, verbose=0, return_dict=True)
    assert arrays == pytest.approx(piped, rel=1e-5)
    history = tiny_model.fit(pipeline, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_empty_slots_change_nothing(tiny_model, tiny_batch):
    images, targets = tiny_batch
    more = {
        "masks": np.pad(targets["masks"], [(0, 0), (0, 9), (0, 0), (0, 0)]),
        "labels": np.pad(
            targets["labels"], [(0, 0), (0, 9)], constant_values=-1
        ),
    }
    one = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    other = tiny_model.evaluate(images, more, verbose=0, return_dict=True)
    assert one == pytest.approx(other, rel=1e-5)


def test_pairs_beyond_the_capacity_are_reported(make_model, tiny_batch):
    model = make_model(target_encoder={"max_pairs": 1})
    history = model.fit(*tiny_batch, batch_size=2, verbose=0).history
    whole = make_model().target_encoder(tiny_batch[1])["pair_cells"]
    wanted = int((ops.convert_to_numpy(whole) >= 0).sum())
    assert history["dropped_pairs"][0] == wanted - 2


def test_own_losses_and_weights(tiny_model, tiny_batch):
    def category(labels, logits):
        return 2.0 + 0.0 * ops.mean(logits)

    def mask(masks, logits):
        return 1.0 + 0.0 * ops.mean(ops.cast(logits, "float32"), axis=(-2, -1))

    tiny_model.compile(
        category_loss=category,
        mask_loss=mask,
        loss_weights={"category_loss": 0.5, "mask_loss": 0.0},
    )
    history = tiny_model.fit(*tiny_batch, verbose=0).history
    assert history["loss"][0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"metrics": ["accuracy"]}, "CocoMaskAP"),
        ({"loss": "mse"}, "category_loss="),
        ({"loss_weights": {"masks": 1.0}}, "mask_loss"),
    ],
)
def test_compile_errors(tiny_model, arguments, words):
    with pytest.raises(ValueError, match=words):
        tiny_model.compile(**arguments)


@pytest.mark.parametrize("targets", [np.zeros((2, 3)), {"masks": 1}])
def test_targets_of_another_kind_are_refused(tiny_model, targets):
    with pytest.raises(ValueError, match='"masks"'):
        tiny_model.compute_loss(y=targets, y_pred={})


# === Precision ===


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_like_float32(make_model, tiny_batch, policy):
    losses = {}
    for dtype in ("float32", policy):
        keras.utils.set_random_seed(1)
        model = make_model(dtype=dtype)
        for layer in (model.backbone, model.head, model.mask_head):
            assert layer.dtype_policy.name == dtype
        model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9))
        history = model.fit(*tiny_batch, epochs=50, verbose=0).history
        losses[dtype] = np.array(history["loss"])
        assert np.isfinite(losses[dtype]).all()
        assert all(w.dtype == "float32" for w in model.weights)
    start, end = slice(0, 5), slice(-5, None)
    for part in (start, end):
        difference = (
            losses[policy][part].mean() - losses["float32"][part].mean()
        )
        assert abs(difference) < 0.05 * losses["float32"][0]


# === Prediction ===


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


class Replicas:
    """A strategy of `tf.distribute`, as far as the model asks it."""

    def __init__(self, count):
        self.num_replicas_in_sync = count


@pytest.mark.parametrize("call", ["train_on_batch", "test_on_batch"])
def test_replicas_are_refused(tiny_model, tiny_batch, monkeypatch, call):
    monkeypatch.setattr(
        type(tiny_model), "distribute_strategy", Replicas(2), raising=False
    )
    with pytest.raises(NotImplementedError, match="Replicas with 2 replicas"):
        getattr(tiny_model, call)(*tiny_batch)
    monkeypatch.undo()
    assert np.isfinite(getattr(tiny_model, call)(*tiny_batch)).all()


# Logical devices are made before TensorFlow starts, hence a process of its own.
MIRRORED = """
import tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
from tests.conftest import make_tiny_model
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = make_tiny_model()
model.fit(tf.zeros((2, 64, 64, 3)), {})
"""


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_a_mirrored_strategy_is_refused():
    done = subprocess.run(
        [sys.executable, "-c", MIRRORED],
        capture_output=True,
        text=True,
        cwd=pathlib.Path(__file__).parents[2],
    )
    assert "Received: MirroredStrategy with 2 replicas" in done.stderr


# === Saving ===


@pytest.fixture
def unusual(make_model):
    """Non-default values for every argument."""
    return make_model(
        class_names=("a", "b"),
        category_ids=(9, 7),
        preprocessor=Letterbox((64, 96), "fit", 64, (1, 2, 3)),
        levels=Levels((8, 4), ((0, 30), (20, np.inf)), ("P3", "P4"), 0.3),
        head={
            "filters": 8,
            "num_convs": 1,
            "kernel_filters": 4,
            "groups": 2,
            "prior_probability": 0.2,
        },
        pyramid_filters=12,
        mask_head={"filters": 4, "groups": 2},
        target_encoder={"collision": "smallest", "max_pairs": 20},
        decoder={"score_threshold": 0.05, "max_detections": 9},
        name="unusual",
    )


def check_same_model(one, other, images):
    assert other.get_config() == one.get_config()
    assert other.class_names == one.class_names
    assert other.category_ids == one.category_ids
    assert other.preprocessor == one.preprocessor
    assert other.levels == one.levels
    assert other.target_encoder.collision == one.target_encoder.collision
    same(predictions(one, images), predictions(other, images))


def test_keras_file(unusual, tiny_batch, tmp_path):
    images = noisy(2)
    unusual.compile(
        optimizer=keras.optimizers.SGD(0.02, momentum=0.7),
        loss_weights={"mask_loss": 2.0},
    )
    unusual.fit(*tiny_batch, verbose=0)
    unusual.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    check_same_model(unusual, again, images)
    # It goes on where it stopped, with its optimizer and losses.
    assert float(again.optimizer.learning_rate) == pytest.approx(0.02)
    assert again.loss_weights == {"category_loss": 1.0, "mask_loss": 2.0}
    assert int(again.optimizer.iterations) == int(unusual.optimizer.iterations)
    one = unusual.fit(*tiny_batch, verbose=0, shuffle=False).history
    other = again.fit(*tiny_batch, verbose=0, shuffle=False).history
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)


def test_preset_folder(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset")
    check_same_model(unusual, again, noisy(2))
    names = {path.name for path in (tmp_path / "preset").iterdir()}
    assert names == {"config.json", "model.weights.h5", "metadata.json"}


def test_preset_folder_in_half_precision(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "whole")
    unusual.save_to_preset(tmp_path / "half", weights_dtype="float16")
    sizes = [
        (tmp_path / folder / "model.weights.h5").stat().st_size
        for folder in ("half", "whole")
    ]
    assert sizes[0] < sizes[1]
    again = SOLOv2.from_preset(tmp_path / "half")
    for one, other in zip(
        unusual.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_every_argument_is_in_the_config(unusual):
    config = unusual.get_config()
    for name in (
        "backbone num_classes class_names category_ids preprocessor levels "
        "head pyramid_filters mask_head decoder target_encoder dtype name "
        "trainable"
    ).split():
        assert name in config


def test_new_classes_keep_all_other_weights(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    for arguments in ({"num_classes": 5}, {"class_names": list("vwxyz")}):
        again = SOLOv2.from_preset(tmp_path / "preset", **arguments)
        assert again.num_classes == 5
        assert again.class_names == (
            tuple("vwxyz") if "class_names" in arguments else None
        )
        kept = [
            np.array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))
            for a, b in zip(unusual.variables, again.variables, strict=True)
            if a.shape == b.shape and "category_output" not in a.path
        ]
        assert all(kept) and len(kept) == len(unusual.variables) - 2


def test_new_dtype_reaches_every_layer(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset", dtype="mixed_bfloat16")
    for layer in again._flatten_layers():
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.compute_dtype == "bfloat16", layer.path


def test_without_weights(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset", load_weights=False)
    assert again.count_params() == unusual.count_params()


# === Names of classes, and errors at the door ===


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"class_names": None}, "class_names"),
        ({"class_names": None, "num_classes": 0}, "num_classes"),
        ({"class_names": ["a", "a"]}, "different"),
        ({"num_classes": 7}, "one class name"),
        ({"head": "heavy"}, "light"),
        ({"levels": Levels((8,), ((0, 1),), ("P1",))}, "levels"),
    ],
)
def test_constructor_errors(make_model, arguments, words):
    with pytest.raises(ValueError, match=words):
        make_model(**arguments)


def test_derived_levels_follow_the_canvas():
    model = SOLOv2(ResNet(18), 3, preprocessor=Letterbox((320, 640)))
    assert model.levels == Levels.for_canvas((320, 640))


# === Any size on dynamic axes ===


def test_images_of_two_shapes(talkative):
    for shape in ((64, 64), (64, 96), (96, 64)):
        image = noisy(1, 96)[:, : shape[0], : shape[1]]
        found = predictions(talkative, image)
        assert found["masks"].shape[2:] == (shape[0] // 4, shape[1] // 4)
