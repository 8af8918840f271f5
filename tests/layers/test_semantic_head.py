import numpy as np
import pytest
from keras import ops

from keras_solo.layers import SemanticHead
from tests.layer_harness import check_layer


def test_by_hand():
    """One block whose middle tap takes x; its norm leaves -1 and 1, ReLU 1."""
    head = SemanticHead(2, filters=1, num_convs=1, groups=1)
    maps = {"P3": np.float32([[[[3.0], [7.0]]]])}
    head.build({"P3": maps["P3"].shape})
    kernel = np.zeros((3, 3, 1, 1), "float32")
    kernel[1, 1] = 1.0
    head.conv_0.conv.kernel.assign(kernel)
    head.output_conv.kernel.assign(np.float32([[[[2.0, -1.0]]]]))
    head.output_conv.bias.assign(np.float32([0.5, 0.0]))
    got = ops.convert_to_numpy(head(maps))[0, 0]
    np.testing.assert_allclose(got, [[0.5, 0.0], [2.5, -1.0]], atol=1e-4)


def test_an_untrained_head_says_its_prior_probability():
    head = SemanticHead(3, filters=8, groups=4, prior_probability=0.2)
    maps = {"P3": np.random.default_rng(0).normal(size=(1, 4, 4, 8))}
    found = ops.convert_to_numpy(ops.sigmoid(head(maps)))
    assert found.mean() == pytest.approx(0.2, abs=0.02)


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(0)
    maps = {"P3": rng.normal(size=(2, 4, 6, 3)).astype("float32")}
    check_layer(
        SemanticHead,
        {
            "num_classes": 4,
            "filters": 8,
            "num_convs": 3,
            "groups": 2,
            "prior_probability": 0.3,
        },
        maps,
        folder=tmp_path,
        sides="free",
    )


def test_errors():
    with pytest.raises(ValueError, match="at least one class"):
        SemanticHead(0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        SemanticHead(1, prior_probability=0.0)
    with pytest.raises(ValueError, match=r"level P3.*\['P4'\]"):
        SemanticHead(1).build({"P4": (1, 2, 2, 8)})
