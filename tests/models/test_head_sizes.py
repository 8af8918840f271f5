from keras_solo.models.head_sizes import HEAD_SIZES


def test_sizes_of_the_paper():
    full, light = HEAD_SIZES["full"], HEAD_SIZES["light"]
    assert full == {"filters": 512, "num_convs": 4, "kernel_filters": 256}
    assert light == {"filters": 256, "num_convs": 2, "kernel_filters": 128}
