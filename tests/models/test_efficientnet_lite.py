import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import EfficientNetLite
from keras_solo.models import efficientnet_lite_wiring
from keras_solo.models.efficientnet_lite_wiring import Block

TINY = (((Block(8, 3, 1, 1), 1),), ((Block(8, 5, 2, 2), 2),))


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(efficientnet_lite_wiring, "STAGES", TINY)


@pytest.mark.parametrize(
    "variant, parameters", [(0, 2_958_848), (1, 3_723_520), (2, 4_357_952)]
)
def test_parameter_counts_of_the_authors(variant, parameters):
    """All but those of the classifier."""
    model = EfficientNetLite(variant)
    counts = [int(np.prod(v.shape)) for v in model.trainable_variables]
    assert sum(counts) == parameters


@pytest.mark.parametrize("size", [(64, 96), (61, 75)])
def test_strides(size):
    shapes = EfficientNetLite().compute_output_shape((1, *size, 3))
    assert {name: shape[1:] for name, shape in shapes.items()} == {
        name: (*(-(-side // stride) for side in size), filters)
        for name, stride, filters in (
            ("P2", 4, 24),
            ("P3", 8, 40),
            ("P4", 16, 112),
            ("P5", 32, 320),
        )
    }


def test_it_comes_back_from_a_file(tiny, tmp_path):
    model = EfficientNetLite(0, 1, norm_frozen=True, norm_momentum=0.5)
    model.save(tmp_path / "backbone.keras")
    again = keras.saving.load_model(tmp_path / "backbone.keras")
    assert again.get_config() == model.get_config()
    assert len(again.trainable_variables) == len(model.trainable_variables)
    for one, other in zip(again.weights, model.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        )


@pytest.mark.parametrize("frozen", [True, False])
def test_norm_frozen_keeps_statistics(tiny, frozen):
    model = EfficientNetLite(norm_frozen=frozen, norm_momentum=0.25)
    norm = model.get_layer("stem_bn")
    images = np.random.default_rng(0).uniform(0, 255, (2, 16, 16, 3))
    conv = model.get_layer("stem_conv")
    seen = ops.convert_to_numpy(conv((images.astype("float32") / 127.5) - 1))
    model(images, training=True)
    want = 0.0 if frozen else 0.75 * seen.mean((0, 1, 2))
    got = ops.convert_to_numpy(norm.moving_mean)
    np.testing.assert_allclose(got, np.broadcast_to(want, 32), atol=1e-5)


def test_half_precision(tiny):
    model = EfficientNetLite(dtype="mixed_bfloat16")
    features = model(np.full((1, 16, 16, 3), 200.0))
    kinds = {
        keras.backend.standardize_dtype(f.dtype) for f in features.values()
    }
    assert kinds == {"bfloat16"}
    full = EfficientNetLite(dtype="float32")
    full.set_weights(model.get_weights())
    for name, want in full(np.full((1, 16, 16, 3), 200.0)).items():
        got = ops.convert_to_numpy(ops.cast(features[name], "float32"))
        want = ops.convert_to_numpy(want)
        np.testing.assert_allclose(got, want, atol=0.03 * np.abs(want).max())


def test_pixels_become_minus_one_to_one(tiny):
    layer = EfficientNetLite().get_layer("normalization")
    pixels = layer(np.float32([0.0, 127.5, 255.0]).reshape(1, 1, 1, 3))
    assert ops.convert_to_numpy(pixels).ravel().tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "arguments, words",
    [({"variant": 3}, r"\[0, 1, 2\]"), ({"frozen_stages": 5}, "0 to 4")],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        EfficientNetLite(**arguments)
