from keras_solo import EfficientNetLite, SOLOv2
from keras_solo.models.head_sizes import HEAD_SIZES, MODEL_SIZES


def test_sizes_of_the_paper():
    full, light = HEAD_SIZES["full"], HEAD_SIZES["light"]
    assert full == {"filters": 512, "num_convs": 4, "kernel_filters": 256}
    assert light == {"filters": 256, "num_convs": 2, "kernel_filters": 128}


def test_each_head_has_a_model():
    assert list(MODEL_SIZES) == list(HEAD_SIZES)
    for name, arguments in MODEL_SIZES.items():
        assert arguments["head"] == name


def test_a_small_head_is_no_larger_than_its_backbone():
    backbone = EfficientNetLite(0)
    model = SOLOv2(backbone, num_classes=1, **MODEL_SIZES["small"])
    assert model.head.filters == 128 and model.head.kernel_filters == 64
    assert model.mask_head.filters == model.mask_head.output_filters == 64
    assert model.feature_pyramid.filters == 128
    rest = model.count_params() - backbone.count_params()
    assert rest < backbone.count_params()
