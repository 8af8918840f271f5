"""What may be passed as an image."""

import numpy as np
import pytest

from keras_solo.data.image_source import checked_array
from keras_solo.geometry import Intensity

BY_PERCENTILES = Intensity("percentiles")


def test_nothing():
    for nothing in (None, [], np.zeros(0, np.uint8)):
        with pytest.raises(ValueError, match="Expected a path, a uint8 RGB"):
            checked_array(nothing, Intensity())


def test_arrays_are_taken_as_they_are(tmp_path):
    image = np.zeros((2, 3, 3), np.uint8)
    assert checked_array(image, Intensity()) is image
    mapped = np.memmap(tmp_path / "a", np.uint8, "w+", shape=(2, 3, 3))
    assert np.shares_memory(checked_array(mapped, Intensity()), mapped)
    for dtype in ("uint16", "int16", "float32"):
        for shape in ((2, 3), (2, 3, 3)):
            deep = np.zeros(shape, dtype)
            assert checked_array(deep, BY_PERCENTILES) is deep
            with pytest.raises(ValueError, match=f"{dtype} array of shape"):
                checked_array(deep, Intensity())


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (0, 3)])
def test_other_shapes(shape):
    with pytest.raises(ValueError, match=r"of shape .height, width"):
        checked_array(np.zeros(shape, "uint16"), BY_PERCENTILES)
    with pytest.raises(ValueError, match="Expected a path"):
        checked_array(np.zeros(shape, "bool"), BY_PERCENTILES)


@pytest.mark.parametrize(
    "shape, advice",
    [
        ((4, 5), "np.stack([image] * 3, axis=-1)"),
        ((4, 5, 4), "image[..., :3]"),
        ((3, 4, 5), "np.moveaxis(image, 0, -1)"),
        ((4, 5, 2), None),
        ((4,), None),
    ],
)
def test_what_makes_an_image_of_it(shape, advice):
    image = np.zeros(shape, np.uint8)
    with pytest.raises(ValueError, match="uint8 array of shape") as caught:
        checked_array(image, Intensity())
    if advice is None:
        assert str(caught.value).endswith(f"shape {shape}")
    else:
        assert advice in str(caught.value)
        made = eval(advice, {"np": np, "image": image})
        assert checked_array(made, Intensity()).shape == (4, 5, 3)
