import pytest

from keras_solo.models.packaged_weights import packaged_weights


@pytest.mark.parametrize("name", ["solov2_tiny_shapes", "solov2_lite0_nuclei"])
def test_what_comes_with_the_package(name):
    path = packaged_weights(name)
    assert path is not None and path.is_file()
    # A wheel that is quickly there.
    assert path.stat().st_size < 11e6


def test_what_does_not():
    assert packaged_weights("solov2_r50_fpn_3x_coco") is None
