import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, SOLOv2
from keras_solo.models import feature_backbone
from tests.backend_use import once

APPLICATIONS = keras.applications
NO_TOP = {
    "include_top": False,
    "weights": None,
    "input_shape": (None, None, 3),
}


def names_of(backbone):
    """The layers whose outputs are taken."""
    inner = next(x for x in backbone.layers if isinstance(x, keras.Model))
    return [tensor._keras_history.operation.name for tensor in inner.outputs]


def test_resnet50_of_keras_applications():
    backbone = feature_backbone(APPLICATIONS.ResNet50(**NO_TOP))
    assert names_of(backbone) == [
        "conv2_block3_out",
        "conv3_block4_out",
        "conv4_block6_out",
        "conv5_block3_out",
    ]
    # Caffe's scaling: BGR minus the mean, nothing else.
    pixel = np.float32([10, 20, 30]).reshape(1, 1, 1, 3)
    scaled = ops.convert_to_numpy(backbone.get_layer("normalization")(pixel))
    want = keras.applications.resnet50.preprocess_input(pixel.copy())
    np.testing.assert_allclose(scaled, want, atol=1e-4)


def test_mobilenet_scales_its_own_inputs():
    backbone = feature_backbone(APPLICATIONS.MobileNetV3Small(**NO_TOP))
    assert "normalization" not in [layer.name for layer in backbone.layers]
    strides = {
        name: 256 // shape[1]
        for name, shape in backbone.compute_output_shape(
            (1, 256, 256, 3)
        ).items()
    }
    assert strides == {"P2": 4, "P3": 8, "P4": 16, "P5": 32}


def test_mobilenet_large_takes_residual_sums():
    backbone = feature_backbone(APPLICATIONS.MobileNetV3Large(**NO_TOP))
    assert names_of(backbone) == [
        "expanded_conv_2_add",
        "expanded_conv_5_add",
        "expanded_conv_11_add",
        "expanded_conv_14_add",
    ]


def sizes_of(backbone, size):
    shapes = backbone.compute_output_shape((1, *size, 3))
    return {name: tuple(shape[1:3]) for name, shape in shapes.items()}


def test_convnext_s_sums_are_no_layers():
    """They are written with a plus; the branch before it is no feature."""
    backbone = feature_backbone(APPLICATIONS.ConvNeXtTiny(**NO_TOP))
    inner = next(x for x in backbone.layers if isinstance(x, keras.Model))
    for tensor in inner.outputs:
        operation = tensor._keras_history.operation
        assert type(operation).__name__ == "Add"
        branch = operation.input[1]._keras_history.operation.name
        assert branch.endswith("_identity")
    assert "normalization" not in [layer.name for layer in backbone.layers]


def test_xception_has_whole_sizes():
    """By itself its map at stride 4 is one pixel too small."""
    backbone = feature_backbone(APPLICATIONS.Xception(**NO_TOP))
    for height, width in ((32, 64), (96, 160)):
        assert sizes_of(backbone, (height, width)) == {
            f"P{n}": (height >> n, width >> n) for n in (2, 3, 4, 5)
        }
    assert backbone.get_layer("border").padding == ((3, 3), (3, 3))
    pixel = np.float32([10, 20, 30]).reshape(1, 1, 1, 3)
    scaled = ops.convert_to_numpy(backbone.get_layer("normalization")(pixel))
    want = keras.applications.xception.preprocess_input(pixel.copy())
    np.testing.assert_allclose(scaled, want, atol=1e-5)


def test_efficientnet_v2_scales_its_own_inputs():
    backbone = feature_backbone(APPLICATIONS.EfficientNetV2B0(**NO_TOP))
    assert "normalization" not in [layer.name for layer in backbone.layers]
    assert sizes_of(backbone, (32, 64))["P5"] == (1, 2)


def own_backbone(**kwargs):
    images = keras.Input((None, None, 3))
    x = images
    for filters in (4, 4, 8, 8, 8):
        x = keras.layers.Conv2D(filters, 3, 2, padding="same")(x)
    return keras.Model(images, x, **kwargs)


def test_unknown_scaling_is_an_error():
    with pytest.raises(ValueError, match="preprocessing="):
        feature_backbone(own_backbone())
    with pytest.raises(ValueError, match="caffe"):
        feature_backbone(own_backbone(), preprocessing="imagenet")


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("resnet50", r"keras_solo.ResNet\(50\), or .*resnet50_imagenet"),
        ("ResNet101", r"keras_solo.ResNet\(101\)"),
        ("solov2_tiny_shapes", r"from_preset\('solov2_tiny_shapes'\)"),
        (None, r"such as keras_solo.ResNet\(50\). Received: None"),
        (keras.Model, "as a model, such as"),
    ],
)
def test_what_is_no_model(given, advice):
    with pytest.raises(ValueError, match=advice):
        SOLOv2(given, num_classes=3)


def test_fixed_size_is_an_error():
    images = keras.Input((64, 64, 3))
    with pytest.raises(ValueError, match="include_top=False"):
        feature_backbone(keras.Model(images, images), "tf")


def test_missing_strides_are_an_error():
    images = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, 4, padding="same")(images)
    with pytest.raises(ValueError, match="P3"):
        feature_backbone(keras.Model(images, x), "tf")


@pytest.mark.parametrize(
    "make", [own_backbone, pytest.param("MobileNetV3Small", marks=once)]
)
def test_builds_trains_saves_and_loads(tiny_batch, tmp_path, make):
    if make == own_backbone:
        backbone = feature_backbone(own_backbone(), preprocessing="tf")
    else:
        backbone = getattr(APPLICATIONS, make)(**NO_TOP)
    model = SOLOv2(
        backbone,
        num_classes=3,
        preprocessor=Letterbox((64, 64)),
        head={
            "filters": 8,
            "num_convs": 1,
            "kernel_filters": 4,
            "groups": 4,
        },
        pyramid_filters=8,
        mask_head={"filters": 8},
    )
    history = model.fit(*tiny_batch, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    images = tiny_batch[0].astype("float32")
    for name, value in model(images).items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(value),
            ops.convert_to_numpy(again(images)[name]),
            atol=1e-5,
        )
