import numpy as np
import pytest
from keras import ops

from keras_solo.layers import PixelNormalization
from tests.layer_harness import check_layer

NON_DEFAULT = {"mean": (1, 2, 3), "std": (1, 2, 4), "reverse_channels": True}


@pytest.mark.parametrize(
    "reverse, want", [(False, [9, 9, 6.75]), (True, [29, 9, 1.75])]
)
def test_by_hand(reverse, want):
    layer = PixelNormalization(**{**NON_DEFAULT, "reverse_channels": reverse})
    pixels = np.uint8([10, 20, 30]).reshape(1, 1, 1, 3)
    assert ops.convert_to_numpy(layer(pixels))[0, 0, 0].tolist() == want


def test_as_a_layer(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), "uint8")
    check_layer(
        PixelNormalization, NON_DEFAULT, images, folder=tmp_path, sides="free"
    )


def test_statistics_are_float32_under_every_policy():
    """123.675 in bfloat16 is 123.5."""
    layer = PixelNormalization(std=(1, 1, 1), dtype="mixed_bfloat16")
    got = layer(np.full((1, 1, 1, 3), 124, "uint8"))
    got = ops.convert_to_numpy(ops.cast(got, "float32"))
    assert got[0, 0, 0, 0] == pytest.approx(0.325, rel=0.01)
