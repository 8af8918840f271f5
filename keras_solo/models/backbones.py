"""Any Keras model as a backbone: its features and its input scaling."""

import keras

from keras_solo.layers.pixel_normalization import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    PixelNormalization,
)

STRIDES = {4: "P2", 8: "P3", 16: "P4", 32: "P5"}
PROBE = 256

# What the weights of a family were trained to see, by the start of its name.
# "included" models scale their inputs themselves.
KNOWN_FAMILIES = (
    (("resnet50v2", "resnet101v2", "resnet152v2"), "tf"),
    (("resnet50", "resnet101", "resnet152", "vgg"), "caffe"),
    (("mobilenetv3", "efficientnet", "convnext", "regnet"), "included"),
    (("densenet",), "torch"),
    (("mobilenet", "inception", "xception", "nasnet"), "tf"),
)
PREPROCESSING = {
    "caffe": {
        "mean": (103.939, 116.779, 123.68),
        "std": (1.0, 1.0, 1.0),
        "reverse_channels": True,
    },
    "tf": {"mean": (127.5,) * 3, "std": (127.5,) * 3},
    "torch": {"mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    "included": None,
}


def feature_backbone(model, preprocessing=None):
    """Makes any functional Keras image model a pyramid backbone.

    Features are found by their measured stride, not by their names: at each
    of the strides 4, 8, 16 and 32 the last residual sum (with the activation
    behind it), or the last map where there is none.

    Args:
        model: A functional `keras.Model` on images `(B, H, W, 3)` of any
            size, like those of `keras.applications` with
            `include_top=False, input_shape=(None, None, 3)`.
        preprocessing: What RGB pixels from 0 to 255 become before the model:
            `"caffe"` (BGR minus the ImageNet mean), `"tf"` (-1 to 1),
            `"torch"` (ImageNet mean and deviation), or `"included"` (the
            model does it). Known families of `keras.applications` need none.

    Returns:
        A functional model: RGB images, 0 to 255, to
        `{"P2": ..., "P3": ..., "P4": ..., "P5": ...}`.

    Raises:
        ValueError: If the model's scaling is unknown and `preprocessing` is
            not given, if its input size is fixed, or if it lacks a stride.

    Example:

    >>> import keras
    >>> model = keras.applications.MobileNetV3Small(
    ...     include_top=False, weights=None, input_shape=(None, None, 3))
    >>> sorted(feature_backbone(model).output)
    ['P2', 'P3', 'P4', 'P5']
    """
    if _is_pyramid(model):
        return model
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
    extractor = keras.Model(model.inputs, _features(model), name=model.name)
    preprocessing = preprocessing or _known_preprocessing(model)
    if preprocessing not in PREPROCESSING:
        raise ValueError(
            f"Expected preprocessing to be one of {sorted(PREPROCESSING)}. "
            f"Received: {preprocessing!r}"
        )
    images = keras.Input((None, None, 3), name="images")
    pixels = images
    if PREPROCESSING[preprocessing] is not None:
        pixels = PixelNormalization(
            **PREPROCESSING[preprocessing], name="normalization"
        )(images)
    return keras.Model(images, extractor(pixels), name=f"{model.name}_pyramid")


def _is_pyramid(model):
    """Whether a model returns a dict of levels already."""
    outputs = getattr(model, "output", None)
    return isinstance(outputs, dict) and all(
        name in outputs for name in ("P2", "P3")
    )


def _known_preprocessing(model):
    name = model.name.lower()
    for starts, preprocessing in KNOWN_FAMILIES:
        if name.startswith(starts):
            if preprocessing == "included" and not _scales_inputs(model):
                return "tf"
            return preprocessing
    raise ValueError(
        f"keras-solo does not know how the backbone {model.name!r} wants its "
        "pixels scaled. Say it with preprocessing=: "
        f"one of {sorted(PREPROCESSING)}."
    )


def _scales_inputs(model):
    scaling = (keras.layers.Rescaling, keras.layers.Normalization)
    return any(isinstance(layer, scaling) for layer in model.layers[:4])


def _features(model):
    """The tensor to take at each stride."""
    tensors = [
        (layer, layer.output)
        for layer in model.layers
        if isinstance(layer.output, keras.KerasTensor)
    ]
    probe = keras.Model(model.inputs, [tensor for _, tensor in tensors])
    shapes = probe.compute_output_shape((1, PROBE, PROBE, 3))
    features, sums = {}, {}
    for (layer, tensor), shape in zip(tensors, shapes, strict=True):
        if len(shape) != 4 or shape[1] != shape[2] or not shape[1]:
            continue
        level = STRIDES.get(PROBE // shape[1])
        if level is None or shape[1] < 2 or PROBE % shape[1]:
            continue
        features[level] = tensor
        if isinstance(layer, keras.layers.Add):
            sums[level] = tensor
        elif _activates(layer, sums.get(level)):
            sums[level] = tensor
    features.update(sums)
    missing = [name for name in STRIDES.values() if name not in features]
    if missing:
        raise ValueError(
            "Expected a backbone with features at strides 4, 8, 16 and 32. "
            f"Received: {model.name!r}, which lacks {missing}"
        )
    return {name: features[name] for name in sorted(features)}


def _activates(layer, tensor):
    activation = isinstance(layer, keras.layers.Activation | keras.layers.ReLU)
    return activation and tensor is not None and layer.input is tensor
