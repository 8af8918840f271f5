from keras_solo.models.packaged_weights import packaged_weights


def test_what_comes_with_the_package():
    path = packaged_weights("solov2_tiny_shapes")
    assert path is not None and path.is_file()


def test_what_does_not():
    assert packaged_weights("solov2_r50_fpn_3x_coco") is None
