"""A photo where a canvas belongs."""

import numpy as np
import pytest

from keras_solo.models.canvas_size import check_canvas


def test_what_fits_or_is_not_known():
    for shape in ((2, 64, 96, 3), (None, None, None, 3), (1, None, 32, 3)):
        check_canvas(shape)


@pytest.mark.parametrize("size", [(64, 60), (427, 64)])
def test_what_does_not_fit(size):
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} pixels"):
        check_canvas((2, *size, 3))


def test_a_photo(tiny_model):
    photos = np.zeros((1, 60, 70, 3), "uint8")
    with pytest.raises(ValueError, match="model.segment takes images as"):
        tiny_model.predict(photos, verbose=0)
