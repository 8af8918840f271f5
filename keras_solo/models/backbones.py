"""Any Keras model as a backbone: its features and its input scaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_solo._tensor import Shape
from keras_solo.layers.pixel_normalization import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    PixelNormalization,
)
from keras_solo.models.one_size_features import (
    STRIDES,
    OneSizeFeatures,
    is_for_one_size,
)

PROBE = 256
# Xception's first two convolutions have no padding: with 3 pixels of zeros
# around the image, each of its maps gets the size that its stride says.
BORDERS = (0, 3)

# What the weights of a family were trained to see: library, start of the
# model's name, scaling. "included" models scale their inputs themselves.
KNOWN_FAMILIES = (
    ("keras", ("resnet50v2", "resnet101v2", "resnet152v2"), "tf"),
    ("keras", ("resnet50", "resnet101", "resnet152", "vgg"), "caffe"),
    (
        "keras",
        ("mobilenetv3", "efficientnet", "convnext", "regnet"),
        "included",
    ),
    ("keras", ("densenet",), "torch"),
    ("keras", ("mobilenet", "inception", "xception", "nasnet"), "tf"),
    ("keras_hub", ("res_net", "dense_net", "csp_net"), "torch"),
    ("keras_hub", ("mi_t_", "swin_transformer", "dinov2", "dinov3"), "torch"),
    ("keras_hub", ("vi_t_backbone",), "tf"),
    ("keras_cv", ("",), "included"),
)
PREPROCESSING: dict[str, dict[str, Any] | None] = {
    "caffe": {
        "mean": (103.939, 116.779, 123.68),
        "std": (1.0, 1.0, 1.0),
        "reverse_channels": True,
    },
    "tf": {"mean": (127.5,) * 3, "std": (127.5,) * 3},
    "torch": {"mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    "unit": {"mean": (0.0,) * 3, "std": (255.0,) * 3},
    "included": None,
}


def feature_backbone(
    model: keras.Model, preprocessing: str | None = None
) -> keras.Model:
    """Makes any functional Keras image model a pyramid backbone.

    Features are found by their measured stride, not by their names. Backbones
    of KerasHub and KerasCV say which maps are their features; of others it is
    at each of the strides 4, 8, 16 and 32 the last residual sum (with the
    activation behind it), or the last map where there is none. Where the
    first convolutions have no padding, as in Xception, the image gets a
    border of zeros after the scaling, so that maps have exactly H/4 to H/32.

    Transformers of KerasHub are built for one image size, and then so is the
    backbone: the canvas, `Letterbox((H, W))`, has that size. MiT's and Swin's
    maps are taken from the stages; of ViT and DINO, whose patches have one
    stride, a `SimpleFeaturePyramid` makes four. Their patches take 16 pixels
    of the canvas each, whatever the patch size of the model: one with patches
    of 14 pixels that is built for 448 x 448 has a canvas of 512 x 512.

    Args:
        model: A functional `keras.Model` on images `(B, H, W, 3)` of any
            size, like those of `keras.applications` with
            `include_top=False, input_shape=(None, None, 3)`, those of
            KerasHub with `image_shape=(None, None, 3)`, or those of KerasCV
            with `include_rescaling=True`; or a `MiTBackbone`,
            `SwinTransformerBackbone`, `ViTBackbone`, `DINOV2Backbone` or
            `DINOV3Backbone` of KerasHub for images of one size.
        preprocessing: What RGB pixels from 0 to 255 become before the model:
            `"caffe"` (BGR minus the ImageNet mean), `"tf"` (-1 to 1),
            `"torch"` (ImageNet mean and deviation), `"unit"` (0 to 1), or
            `"included"` (the model does it). Known families need none:
            `keras.applications`, the ResNet, DenseNet, CSPNet and the
            transformers of KerasHub, and what scales its inputs itself.

    Returns:
        A functional model: RGB images, 0 to 255, to
        `{"P2": ..., "P3": ..., "P4": ..., "P5": ...}`.

    Raises:
        ValueError: If the model's scaling is unknown and `preprocessing` is
            not given, if its input size is fixed and it is none of these
            transformers, if its number of patches is odd, or if it lacks a
            stride.

    Example:

    >>> import keras
    >>> model = keras.applications.MobileNetV3Small(
    ...     include_top=False, weights=None, input_shape=(None, None, 3))
    >>> sorted(feature_backbone(model).output)
    ['P2', 'P3', 'P4', 'P5']
    """
    if not isinstance(model, keras.Model):
        raise ValueError(_no_model(model))
    if _is_pyramid(model):
        return model
    if is_for_one_size(model):
        features = OneSizeFeatures(model, name=model.name)
        return _scaled(model, features, preprocessing, features.canvas_size)
    if len(model.inputs) != 1 or tuple(model.inputs[0].shape[1:]) != (
        None,
        None,
        3,
    ):
        raise ValueError(
            "Expected a backbone for RGB images of any size: build it with "
            "input_shape=(None, None, 3), include_top=False. "
            f"Received: inputs of shape {[t.shape for t in model.inputs]}"
        )
    border, maps = _features(model)
    extractor = keras.Model(model.inputs, maps, name=model.name)
    return _scaled(model, extractor, preprocessing, border=border)


def _scaled(
    model: keras.Model,
    features: keras.layers.Layer,
    preprocessing: str | None,
    size: tuple[int | None, int | None] = (None, None),
    border: int = 0,
) -> keras.Model:
    """The features of RGB images, scaled as the model wants them."""
    preprocessing = preprocessing or _known_preprocessing(model)
    if preprocessing not in PREPROCESSING:
        raise ValueError(
            f"Expected preprocessing to be one of {sorted(PREPROCESSING)}. "
            f"Received: {preprocessing!r}"
        )
    images = keras.Input((*size, 3), name="images")
    pixels = images
    scaling = PREPROCESSING[preprocessing]
    if scaling is not None:
        pixels = PixelNormalization(**scaling, name="normalization")(images)
    if border:
        pixels = keras.layers.ZeroPadding2D(
            border, data_format="channels_last", name="border"
        )(pixels)
    return keras.Model(images, features(pixels), name=f"{model.name}_pyramid")


def _no_model(given: object) -> str:
    """What to write instead of a name, or of a class."""
    problem = "Expected a backbone as a model, such as keras_solo.ResNet(50)."
    digits = "".join(c for c in str(given) if c.isdigit())
    if isinstance(given, str) and "resnet" in given.lower() and digits:
        problem = (
            f"Expected a backbone as a model: keras_solo.ResNet({digits}), or "
            f'keras_solo.ResNet.from_preset("resnet{digits}_imagenet") for '
            "ImageNet weights."
        )
    elif isinstance(given, str):
        problem = (
            f"{problem} SOLOv2.from_preset({given!r}) makes a whole model, if "
            "that is the name of a preset."
        )
    return f"{problem} Received: {given!r}"


def _is_pyramid(model: keras.Model) -> bool:
    """Whether a model returns a dict of levels already."""
    outputs = getattr(model, "output", None)
    return isinstance(outputs, dict) and all(
        name in outputs for name in ("P2", "P3")
    )


def _known_preprocessing(model: keras.Model) -> str:
    library = type(model).__module__.split(".")[0]
    name = model.name.lower()
    preprocessing: str | None
    for family_library, starts, preprocessing in KNOWN_FAMILIES:
        if library != family_library or not name.startswith(starts):
            continue
        if preprocessing == "included" and not _scales_inputs(model):
            # With include_preprocessing=False, keras.applications want -1 to 1.
            preprocessing = "tf" if library == "keras" else None
        # The two kinds of ResNet in KerasHub have one name.
        if preprocessing and not getattr(model, "use_pre_activation", False):
            return preprocessing
        break
    raise ValueError(
        f"keras-solo does not know how the backbone {model.name!r} wants its "
        "pixels scaled. Say it: SOLOv2(feature_backbone(model, preprocessing="
        f"...)), with one of {sorted(PREPROCESSING)}."
    )


def _scales_inputs(model: keras.Model) -> bool:
    scaling = (keras.layers.Rescaling, keras.layers.Normalization)
    return any(isinstance(layer, scaling) for layer in model.layers[:4])


def _features(
    model: keras.Model,
) -> tuple[int, dict[str, keras.KerasTensor]]:
    """The border of zeros that it needs, and the tensor at each stride."""
    declared = [(None, tensor) for tensor in _declared(model)]
    # What a library declares may lack a stride.
    for border in BORDERS:
        for candidates in (declared, _candidates(model)):
            features = _by_stride(model, candidates, border)
            missing = [x for x in STRIDES.values() if x not in features]
            if not missing:
                return border, {x: features[x] for x in sorted(features)}
    raise ValueError(
        "Expected a backbone with features at strides 4, 8, 16 and 32. "
        f"Received: {model.name!r}, which lacks {missing}"
    )


def _candidates(
    model: keras.Model,
) -> list[tuple[keras.Operation, keras.KerasTensor]]:
    """What its layers give, and the sums that are written with a plus."""
    return [
        (operation, operation.output)
        for operation in model.operations
        if isinstance(operation, keras.layers.Layer) or _adds(operation)
        if isinstance(operation.output, keras.KerasTensor)
    ]


def _adds(operation: keras.Operation | None) -> bool:
    """Whether it is a sum of two maps: a layer, or `x + y` as in ConvNeXt."""
    if isinstance(operation, keras.layers.Add):
        return True
    # `keras.ops.add` has no public class.
    if operation is None or type(operation).__name__ != "Add":
        return False
    terms = operation.input
    return (
        isinstance(terms, list)
        and len(terms) == 2
        and terms[0].shape == terms[1].shape
    )


def _declared(model: keras.Model) -> list[keras.KerasTensor]:
    """The features that KerasHub's and KerasCV's backbones speak of."""
    outputs = getattr(model, "pyramid_outputs", None)
    if isinstance(outputs, dict):
        return list(outputs.values())
    names = getattr(model, "pyramid_level_inputs", None)
    if isinstance(names, dict):
        return [model.get_layer(name).output for name in names.values()]
    return []


def _by_stride(
    model: keras.Model,
    candidates: Sequence[tuple[keras.Operation | None, keras.KerasTensor]],
    border: int,
) -> dict[str, keras.KerasTensor]:
    """The last of the candidates at each level, sums before others."""
    if not candidates:
        return {}
    probe = keras.Model(model.inputs, [tensor for _, tensor in candidates])
    side = PROBE + 2 * border
    shapes = probe.compute_output_shape((1, side, side, 3))
    features: dict[str, keras.KerasTensor] = {}
    sums: dict[str, keras.KerasTensor] = {}
    for (layer, tensor), shape in zip(candidates, shapes, strict=True):
        level = _level(shape)
        if level is None:
            continue
        features[level] = tensor
        if _adds(layer):
            sums[level] = tensor
        elif _activates(layer, sums.get(level)):
            sums[level] = tensor
    return {**features, **sums}


def _level(shape: Shape) -> str | None:
    """The level of a square feature map of the probe, if it has one."""
    if len(shape) != 4 or shape[1] != shape[2] or not shape[1]:
        return None
    if shape[1] < 2 or PROBE % shape[1]:
        return None
    return STRIDES.get(PROBE // shape[1])


def _activates(
    layer: keras.Operation | None, tensor: keras.KerasTensor | None
) -> bool:
    return (
        isinstance(layer, keras.layers.Activation | keras.layers.ReLU)
        and tensor is not None
        and layer.input is tensor
    )
