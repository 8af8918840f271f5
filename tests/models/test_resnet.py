import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import ResNet


def tiny(**kwargs):
    arguments = {
        "block": "basic",
        "num_blocks": (1, 1, 1, 1),
        "filters": (4, 4, 8, 8),
        "stem_filters": 4,
    }
    return ResNet(**{**arguments, **kwargs})


def trainable_count(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


@pytest.mark.parametrize(
    "depth, parameters",
    [(18, 11_176_512), (34, 21_284_672), (50, 23_508_032)],
)
def test_parameter_counts_of_the_reference(depth, parameters):
    assert trainable_count(ResNet(depth)) == parameters


@pytest.mark.parametrize("size", [(64, 96), (61, 75)])
def test_strides(size):
    features = tiny()(np.zeros((1, *size, 3), "float32"))
    for name, feature in features.items():
        stride = 2 ** int(name[1:])
        want = tuple(-(-side // stride) for side in size)
        assert tuple(feature.shape[1:3]) == want


@pytest.mark.parametrize(
    "stages, trained", [(0, "conv1"), (1, "stack1"), (2, "stack2")]
)
def test_frozen_stages(stages, trained):
    model = tiny(frozen_stages=stages)
    first = model.trainable_variables[0].path
    assert trained in first


def test_frozen_stages_survive_saving(tmp_path):
    model = tiny(frozen_stages=2, norm_frozen=True)
    model.save(tmp_path / "backbone.keras")
    again = keras.saving.load_model(tmp_path / "backbone.keras")
    assert len(again.trainable_variables) == len(model.trainable_variables)


@pytest.mark.parametrize("frozen", [True, False])
def test_norm_frozen_keeps_statistics_and_learns(frozen):
    """Also in `fit`, where a functional model says training=True."""
    model = tiny(norm_frozen=frozen)
    pooled = keras.layers.GlobalAveragePooling2D()(model.output["P5"])
    head = keras.Model(model.input, keras.layers.Dense(1)(pooled))
    head.compile("sgd", "mse")
    norm = model.get_layer("stack3_block0_1_bn")
    before = [ops.convert_to_numpy(v).copy() for v in norm.variables]
    images = np.random.default_rng(0).uniform(0, 255, (4, 64, 64, 3))
    head.fit(images, np.full((4, 1), 9.0), verbose=0)
    gamma, beta, mean, variance = (
        not np.array_equal(ops.convert_to_numpy(now), then)
        for now, then in zip(norm.variables, before, strict=True)
    )
    assert beta
    assert mean is not frozen and variance is not frozen


def test_group_norm_has_no_statistics():
    assert not tiny(norm="group").non_trainable_variables


def test_pixel_statistics_are_in_the_graph():
    model = tiny()
    layer = model.get_layer("normalization")
    pixels = np.full((1, 2, 2, 3), [123.675, 116.28, 103.53], "float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(pixels)), 0, atol=1e-6
    )


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"depth": 20}, "18, 34, 50"),
        ({"block": None}, "num_blocks"),
        ({"num_blocks": (1, 1, 0, 1)}, "blocks in each stage"),
        ({"norm": "layer"}, "group"),
        ({"groups": 2}, "groups"),
        ({"filters": (4,)}, "each stage"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        tiny(**arguments)
