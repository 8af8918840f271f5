import numpy as np
import pytest
from keras import ops

from keras_solo.layers import MaskFeatureHead
from tests.layer_harness import check_layer


def choose(block, channel):
    """A kernel whose middle tap takes one input channel."""
    kernel = np.zeros(block.conv.kernel.shape, "float32")
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, channel] = 1.0
    block.conv.kernel.assign(kernel)


def test_by_hand():
    """P2 is empty and P3's block sees nothing but its x coordinates.

    They are -1 and 1, already normalised; ReLU leaves 0 and 1, and doubling
    0, 1/4, 3/4, 1. Their mean is 1/2 and their variance 5/32.
    """
    head = MaskFeatureHead(1, 1, level_names=("P2", "P3"), groups=1)
    maps = {
        "P2": np.zeros((1, 4, 4, 2), "float32"),
        "P3": np.ones((1, 2, 2, 2), "float32"),
    }
    head.build({name: x.shape for name, x in maps.items()})
    choose(head.P2_0, 0)
    choose(head.P3_0, 2)
    choose(head.output_block, 0)
    got = ops.convert_to_numpy(head(maps))[0, :, :, 0]
    step = 0.25 / np.sqrt(5 / 32)
    np.testing.assert_allclose(got, [[0, 0, step, 2 * step]] * 4, atol=1e-4)


def test_a_level_at_stride_4_times_2_to_the_i_passes_i_blocks():
    head = MaskFeatureHead(8, 8, groups=4)
    for name, count in (("P2", 1), ("P3", 1), ("P4", 2), ("P5", 3)):
        steps = [i for i in range(9) if hasattr(head, f"{name}_{i}")]
        assert steps == list(range(count)), name


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(0)
    maps = {
        f"P{n}": rng.normal(size=(2, 32 >> n, 48 >> n, 3)).astype("float32")
        for n in (2, 3)
    }
    check_layer(
        MaskFeatureHead,
        {
            "filters": 8,
            "output_filters": 4,
            "level_names": ("P2", "P3"),
            "groups": 2,
            "deformable": True,
            "stride": 2,
        },
        maps,
        folder=tmp_path,
        sides="free",
    )


def test_errors():
    with pytest.raises(ValueError, match="consecutive levels"):
        MaskFeatureHead(level_names=("P3", "P4"))
    with pytest.raises(ValueError, match="missing.*P5"):
        MaskFeatureHead().build(dict.fromkeys(("P2", "P3", "P4"), (1,) * 4))


def test_stride_2_doubles_once_more():
    rng = np.random.default_rng(0)
    maps = {
        f"P{n}": rng.normal(size=(2, 32 >> n, 48 >> n, 5)).astype("float32")
        for n in (2, 3)
    }
    arguments = {
        "filters": 4,
        "output_filters": 6,
        "level_names": ("P2", "P3"),
        "groups": 2,
        "stride": 2,
    }
    head = MaskFeatureHead(**arguments)
    assert tuple(head(maps).shape) == (2, 16, 24, 6)
    usual = MaskFeatureHead(**{**arguments, "stride": 4})
    assert tuple(usual(maps).shape) == (2, 8, 12, 6)
    # One convolution, and its normalisation.
    assert len(head.weights) == len(usual.weights) + 3
    with pytest.raises(ValueError, match="Expected a mask stride of 2 or 4"):
        MaskFeatureHead(stride=8)
