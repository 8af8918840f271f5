import pytest

from keras_solo.geometry import Letterbox, Levels
from keras_solo.geometry.mask_stride import checked_mask_stride


def test_strides_that_there_are():
    assert [checked_mask_stride(stride) for stride in (2, 4)] == [2, 4]
    for wrong in (1, 8, True, "4", None):
        with pytest.raises(ValueError, match="2 or 4 canvas pixels"):
            checked_mask_stride(wrong)


@pytest.mark.parametrize("place", [Letterbox((64, 64)), Levels()])
def test_the_usual_stride_is_in_no_config(place):
    """Versions that know no other one read it, too."""
    assert "mask_stride" not in place.get_config()
    finer = type(place).from_config({**place.get_config(), "mask_stride": 2})
    assert finer.mask_stride == 2 and finer != place
    assert type(place).from_config(finer.get_config()) == finer
    with pytest.raises(ValueError, match="mask stride"):
        type(place).from_config({**place.get_config(), "mask_stride": 3})
