"""Networks that were wired elsewhere, through all that a SOLOv2 does."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, Levels, SOLOv2
from keras_solo.data import ShapesDataset
from keras_solo.evaluation import evaluate
from keras_solo.layers import MaskFeatureHead, SOLOv2Head
from keras_solo.models import ComposedSOLOv2

CANVAS = (64, 64)
LEVELS = Levels.for_canvas(CANVAS, (8, 4), ("P3", "P4"))
NAMES = ("circle", "rectangle", "triangle")
# Of an untrained model something is found.
CREDULOUS = {"score_threshold": 0.01, "update_threshold": 0.0}


@keras.saving.register_keras_serializable(package="tests")
class Halved(keras.layers.Layer):
    """A layer of somebody's own, with a weight and an argument."""

    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs):
        return inputs * self.scale / self.by

    def get_config(self):
        return {**super().get_config(), "by": self.by}


def make_network(quality=False, stride=4, classes=3, size=(None, None)):
    """Four convolutions, no pyramid, the heads of this package."""
    images = keras.Input((*size, 3))
    maps, below = {}, Halved(255.0)(images)
    for level in range(1, 6):
        below = keras.layers.Conv2D(
            8, 3, strides=2, padding="same", activation="relu"
        )(below)
        maps[f"P{level}"] = below
    maps.pop("P1")
    head = SOLOv2Head.for_levels(
        classes,
        LEVELS,
        filters=8,
        num_convs=1,
        kernel_filters=8,
        groups=4,
        prior_probability=0.1,
        quality=quality,
    )
    masks = MaskFeatureHead(8, 8, groups=4, stride=stride)
    outputs = {**head(maps), "mask_features": masks(maps), "more": below}
    return keras.Model(images, outputs, name="mine")


def make_composed(network=None, **kwargs):
    arguments = {
        "class_names": NAMES,
        "preprocessor": Letterbox(CANVAS),
        "levels": LEVELS,
    }
    return ComposedSOLOv2(network or make_network(), **{**arguments, **kwargs})


@pytest.fixture
def unusual():
    """Non-default values for every argument."""
    return make_composed(
        make_network(quality=True, stride=2),
        class_names=("a", "b", "c"),
        category_ids=(9, 7, 8),
        preprocessor=Letterbox(CANVAS, "fixed", 32, (1, 2, 3)),
        levels=Levels((8, 4), ((0, 30), (20, np.inf)), ("P3", "P4"), 0.3),
        decoder={**CREDULOUS, "max_detections": 9},
        target_encoder={"collision": "smallest", "max_pairs": 20},
        name="unusual",
        trainable=False,
    )


def canvases(count=2):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (count, *CANVAS, 3)).astype("float32")


def check_same(one, other):
    assert type(other) is ComposedSOLOv2
    assert json.dumps(other.get_config()) == json.dumps(one.get_config())
    found, again = (m.predict(canvases(), verbose=0) for m in (one, other))
    assert found["num_detections"].min() > 0
    for name in found:
        np.testing.assert_allclose(found[name], again[name], atol=1e-5)


# === As a SOLOv2 ===


def test_it_equals_a_solov2_of_the_same_layers(tiny_model, tiny_batch):
    images = keras.Input((None, None, 3))
    maps = tiny_model.feature_pyramid(tiny_model.backbone(images))
    outputs = {
        **tiny_model.head(maps),
        "mask_features": tiny_model.mask_head(maps),
    }
    model = make_composed(
        keras.Model(images, outputs), levels=tiny_model.levels
    )
    losses = [
        one.evaluate(*tiny_batch, verbose=0, return_dict=True)
        for one in (tiny_model, model)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    one, other = (m.predict(canvases(), verbose=0) for m in (tiny_model, model))
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5)


def test_it_learns_measures_and_segments():
    shapes = ShapesDataset(4, CANVAS)
    model = make_composed(decoder=CREDULOUS)
    model.compile(keras.optimizers.Adam(0.01))
    batches = shapes.batches(model.preprocessor, 4)
    losses = model.fit(batches, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    assert evaluate(model, shapes, verbose=0).figures["mask_ap"] >= 0
    photo = shapes[0].load_image()[:40]
    assert model.segment(photo).masks.shape[1:] == photo.shape[:2]


def test_quality_and_finer_masks(unusual):
    unusual.trainable = True
    unusual.compile(keras.optimizers.Adam(0.01))
    shapes = ShapesDataset(2, CANVAS)
    batches = shapes.batches(unusual.preprocessor, 2)
    assert batches[0][1]["masks"].shape[2:] == (32, 32)
    logged = unusual.fit(*batches[0], epochs=2, verbose=0).history
    assert logged["quality_loss"][0] > 0
    assert unusual.levels.mask_stride == unusual.decoder.levels.mask_stride == 2
    assert "quality_loss" not in make_composed().loss_weights


def test_a_canvas_of_one_size():
    network = make_network(size=CANVAS)
    assert make_composed(network).inputs[0].shape[1:3] == CANVAS
    with pytest.raises(ValueError, match="built for that canvas"):
        make_composed(network, preprocessor=Letterbox((96, 96)))


# === Saving ===


def test_every_argument_is_in_the_config(unusual):
    arguments = set(ComposedSOLOv2.__init__.__annotations__) - {"return"}
    assert arguments == set(unusual.get_config())
    assert unusual.get_config()["trainable"] is False
    assert not unusual.trainable_weights


def test_presets_are_read_by_solov2(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset")
    check_same(unusual, again)
    renamed = SOLOv2.from_preset(tmp_path / "preset", class_names=list("xyz"))
    assert renamed.class_names == ("x", "y", "z")
    for one, other in zip(renamed.weights, unusual.weights, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (one, other)))
    with pytest.raises(ValueError, match="category_logits of shape"):
        SOLOv2.from_preset(tmp_path / "preset", num_classes=5)


def test_keras_file(tiny_batch, tmp_path):
    model = make_composed(decoder=CREDULOUS)
    model.compile(
        keras.optimizers.SGD(0.02, momentum=0.7),
        loss_weights={"mask_loss": 2.0},
    )
    model.fit(*tiny_batch, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    check_same(model, again)
    assert again.loss_weights == {"category_loss": 1.0, "mask_loss": 2.0}
    one = model.fit(*tiny_batch, verbose=0, shuffle=False).history
    other = again.fit(*tiny_batch, verbose=0, shuffle=False).history
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy, tiny_batch, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        network = make_network()
    finally:
        keras.config.set_dtype_policy("float32")
    model = make_composed(network, decoder=CREDULOUS, dtype=policy)
    assert model.dtype_policy.name == policy
    model.compile(keras.optimizers.SGD(0.01))
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    losses = model.fit(*tiny_batch, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    model.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset")
    assert again.dtype_policy.name == policy
    check_same(model, again)


# === Errors ===


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"class_names": ["a"]}, r"category_logits of shape \(1, 80, 1\)"),
        (
            {"levels": Levels.for_canvas(CANVAS, (8, 6), ("P3", "P4"))},
            r"category_logits of shape \(1, 100, 3\)",
        ),
        ({"class_names": None}, "class_names"),
    ],
)
def test_what_does_not_fit(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_composed(**arguments)


def test_masks_of_no_stride():
    network = make_network()
    outputs = dict(network.output)
    outputs["mask_features"] = outputs["mask_features"][:, ::2, ::2]
    with pytest.raises(ValueError, match=r"mask_features of shape \(1, 16"):
        make_composed(keras.Model(network.inputs, outputs))


def test_what_is_no_network():
    images = keras.Input((None, None, 3))
    for other in (keras.Model(images, {"kernels": images}), keras.Model()):
        with pytest.raises(ValueError, match="category_logits, kernels"):
            make_composed(other)


def test_no_remat():
    model = make_composed()
    with pytest.raises(ValueError, match="remat=False"):
        model.compile(remat=True)
    model.compile("sgd", remat=False)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
