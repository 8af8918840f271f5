import numpy as np
import pytest
from keras import ops

from keras_solo.geometry import Levels
from keras_solo.layers import SOLOv2Head
from keras_solo.layers.solov2_head import resize_level
from tests.layer_harness import check_layer

NON_DEFAULT = {
    "num_classes": 3,
    "filters": 8,
    "num_convs": 1,
    "kernel_filters": 4,
    "grid_sizes": (4, 2),
    "level_names": ("P2", "P3"),
    "groups": 2,
    "deformable": "last",
    "prior_probability": 0.3,
    "kernel_initializer": "ones",
    "quality": True,
}


def test_by_hand():
    """Without towers: one tap of the resized map, and its coordinates."""
    head = SOLOv2Head(
        1,
        num_convs=0,
        kernel_filters=2,
        grid_sizes=(2, 1),
        level_names=("P2", "P3"),
        prior_probability=0.5,
    )
    maps = {
        "P2": np.arange(16, dtype="float32").reshape(1, 4, 4, 1),
        "P3": np.float32([[1, 2], [3, 6]]).reshape(1, 2, 2, 1),
    }
    head.build({name: x.shape for name, x in maps.items()})
    kernel = np.zeros((3, 3, 1, 1), "float32")
    kernel[1, 1] = 1
    head.category_output.kernel.assign(kernel)
    kernel = np.zeros((3, 3, 3, 2), "float32")
    kernel[1, 1, 1, 0] = kernel[1, 1, 2, 1] = 1  # x and y
    head.kernel_output.kernel.assign(kernel)
    found = {k: ops.convert_to_numpy(v)[0] for k, v in head(maps).items()}
    # P2 is halved to the means of four; P3 becomes one cell, their mean.
    np.testing.assert_allclose(
        found["category_logits"][:, 0], [2.5, 4.5, 10.5, 12.5, 3]
    )
    np.testing.assert_allclose(
        found["kernels"],
        [[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0]],
        atol=1e-6,
    )


def test_an_untrained_head_predicts_the_prior():
    head = SOLOv2Head(**{**NON_DEFAULT, "prior_probability": 0.01})
    maps = {f"P{n}": np.zeros((1, 32 >> n, 32 >> n, 5)) for n in (2, 3)}
    found = ops.convert_to_numpy(ops.sigmoid(head(maps)["category_logits"]))
    np.testing.assert_allclose(found, 0.01, rtol=1e-3)


def test_quality_is_one_more_channel_above_the_kernel_tower():
    arguments = {**NON_DEFAULT, "num_convs": 0, "kernel_filters": 1}
    head = SOLOv2Head(**arguments)
    rng = np.random.default_rng(0)
    maps = {
        f"P{n}": rng.normal(size=(2, 32 >> n, 32 >> n, 5)).astype("float32")
        for n in (2, 3)
    }
    head.build({name: x.shape for name, x in maps.items()})
    head.quality_output.set_weights(head.kernel_output.get_weights())
    found = {k: ops.convert_to_numpy(v) for k, v in head(maps).items()}
    assert found["quality_logits"].shape == (2, 20)
    np.testing.assert_array_equal(
        found["quality_logits"], found["kernels"][..., 0]
    )
    without = SOLOv2Head(**{**arguments, "quality": False})
    assert set(without(maps)) == {"category_logits", "kernels"}
    assert len(without.weights) == len(head.weights) - 2


@pytest.mark.parametrize(
    "name, shape", [("P2", (4, 4)), ("P4", (2, 2)), ("P6", (3, 5))]
)
def test_resize_level(name, shape):
    features = {
        "P2": np.zeros((1, 8, 8, 1), "float32"),
        "P4": np.zeros((1, 2, 2, 1), "float32"),
        "P5": np.zeros((1, 3, 5, 1), "float32"),
        "P6": np.zeros((1, 2, 3, 1), "float32"),
    }
    assert tuple(resize_level(features, name).shape[1:3]) == shape


@pytest.mark.parametrize(
    "deformable, want",
    [(None, 0), ("last", 2), ("all", 4)],
)
def test_deformable_convolutions(deformable, want):
    """Of two towers of two; the final ones are ordinary."""
    head = SOLOv2Head(
        **{**NON_DEFAULT, "num_convs": 2, "deformable": deformable}
    )
    head.build(dict.fromkeys(("P2", "P3"), (None, None, None, 5)))
    paths = {w.path for w in head.weights if "conv_offset/kernel" in w.path}
    assert len(paths) == want


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(0)
    maps = {
        f"P{n}": rng.normal(size=(2, 32 >> n, 48 >> n, 5)).astype("float32")
        for n in (2, 3)
    }
    check_layer(SOLOv2Head, NON_DEFAULT, maps, folder=tmp_path, sides="free")


def test_for_levels():
    levels = Levels((4, 2), ((0, 32), (24, 99)), ("P3", "P4"))
    head = SOLOv2Head.for_levels(3, levels, filters=32, num_convs=1)
    assert head.grid_sizes == (4, 2) and head.level_names == ("P3", "P4")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"deformable": "first"}, "'first'"),
        ({"num_classes": 0}, "num_classes=0"),
        ({"grid_sizes": (4,)}, "one grid size a level"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        SOLOv2Head(**{**NON_DEFAULT, **arguments})


@pytest.mark.parametrize("names, missing", [(["P2"], "P6"), (["P6"], "P5")])
def test_missing_levels(names, missing):
    head = SOLOv2Head(
        **{**NON_DEFAULT, "level_names": ("P2", "P6"), "deformable": None}
    )
    with pytest.raises(ValueError, match=f"missing: .*{missing}"):
        head.build(dict.fromkeys(names, (None, None, None, 5)))
