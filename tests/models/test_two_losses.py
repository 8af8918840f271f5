"""How a model learns: losses, precision, compile arguments."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.losses import BoundaryDiceLoss


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


def test_targets_are_encoded_once_in_a_step(
    tiny_model, tiny_batch, monkeypatch
):
    """As often as losses are computed: TensorFlow traces a step twice."""
    calls = []

    def watched(owner, name):
        function = getattr(owner, name)

        def call(*arguments, **kwargs):
            calls.append(name)
            return function(*arguments, **kwargs)

        monkeypatch.setattr(owner, name, call)

    watched(type(tiny_model), "compute_loss")
    watched(type(tiny_model.target_encoder), "call")
    tiny_model.train_on_batch(*tiny_batch)
    assert calls.count("call") == calls.count("compute_loss") > 0


def test_tf_data(tiny_model, tiny_batch):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("loading TensorFlow beside another backend takes long")
    images, targets = tiny_batch
    pipeline = tf.data.Dataset.from_tensor_slices((images, targets)).batch(2)
    arrays = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    piped = tiny_model.evaluate(pipeline, verbose=0, return_dict=True)
    assert arrays == pytest.approx(piped, rel=1e-5)
    history = tiny_model.fit(pipeline, shuffle=False, verbose=0).history
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


def again(model):
    """Compiled anew, as a model that was loaded is."""
    model.compile_from_config(model.get_compile_config())
    return model


def test_other_losses_come_back(tiny_model):
    tiny_model.compile(mask_loss=BoundaryDiceLoss(width=2, weight=3.0))
    loss = again(tiny_model).mask_loss
    assert isinstance(loss, BoundaryDiceLoss)
    assert (loss.width, loss.weight, loss.reduction) == (2, 3.0, "none")


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


def test_mixed_precision_trains_like_float32(make_model, tiny_batch):
    losses = {}
    policies = ("mixed_bfloat16", "mixed_float16")
    for dtype in ("float32", *policies):
        keras.utils.set_random_seed(1)
        model = make_model(dtype=dtype)
        for layer in (model.backbone, model.head, model.mask_head):
            assert layer.dtype_policy.name == dtype
        model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9))
        history = model.fit(*tiny_batch, epochs=50, verbose=0).history
        losses[dtype] = np.array(history["loss"])
        assert np.isfinite(losses[dtype]).all()
        assert all(w.dtype == "float32" for w in model.weights)
    for policy in policies:
        for part in (slice(0, 5), slice(-5, None)):
            difference = (
                losses[policy][part].mean() - losses["float32"][part].mean()
            )
            assert abs(difference) < 0.05 * losses["float32"][0]


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


def test_fit_takes_what_keras_takes_by_place(tiny_model, tiny_batch):
    history = tiny_model.fit(*tiny_batch, 2, 2, 0)
    assert len(history.history["loss"]) == 2
