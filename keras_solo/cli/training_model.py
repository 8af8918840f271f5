"""The model that `keras-solo train` starts from."""

import warnings

from keras_solo.cli.errors import CliError

BACKBONES = {"resnet18": 18, "resnet34": 34, "resnet50": 50, "resnet101": 101}
# With torchvision's ImageNet weights.
PRETRAINED_BACKBONES = tuple(f"{name}_imagenet" for name in BACKBONES)
DEFAULT_IMAGE_SIZE = (512, 512)
DEFAULT_HEAD = "light"


def starts_from_weights(options):
    """Whether the model brings weights, or starts from random ones."""
    if options.backbone is not None:
        return options.backbone in PRETRAINED_BACKBONES
    return not options.no_weights


def build_model(options, class_names):
    """Builds the model that the options describe.

    Args:
        options: Of `keras-solo train`.
        class_names: The classes of the training data.

    Returns:
        A `SOLOv2` with these classes, though maybe in another order: a
        preset that has the same classes keeps its own.
    """
    if options.backbone is not None:
        return _from_backbone(options, class_names)
    return _from_preset(options, class_names)


def _from_backbone(options, class_names):
    from keras_solo.geometry import Letterbox
    from keras_solo.models import ResNet, SOLOv2

    if options.backbone in PRETRAINED_BACKBONES:
        backbone = ResNet.from_preset(
            options.backbone,
            norm_frozen=True,
            frozen_stages=1,
            dtype=options.dtype,
        )
    else:
        backbone = ResNet(BACKBONES[options.backbone], dtype=options.dtype)
    return SOLOv2(
        backbone,
        class_names=class_names,
        preprocessor=Letterbox(options.image_size or DEFAULT_IMAGE_SIZE),
        head=options.head or DEFAULT_HEAD,
        dtype=options.dtype,
    )


def _from_preset(options, class_names):
    from keras_solo.models import SOLOv2

    overrides = {"dtype": options.dtype} if options.dtype else {}
    plan = SOLOv2.from_preset(options.preset, load_weights=False, **overrides)
    if set(plan.class_names or ()) != set(class_names):
        overrides["class_names"] = class_names
        if not options.no_weights:
            warnings.warn(
                f"the classes of {options.preset} are others: the last layer "
                "of the category branch starts anew.",
                stacklevel=2,
            )
    if options.image_size:
        overrides |= _canvas(tuple(options.image_size), plan.levels)
    if options.no_weights:
        overrides |= _trainable_backbone(plan.backbone)
        return SOLOv2.from_preset(
            options.preset, load_weights=False, **overrides
        )
    return _with_weights(options.preset, overrides)


def _with_weights(preset, overrides):
    from keras_solo.models import SOLOv2

    try:
        return SOLOv2.from_preset(preset, **overrides)
    except ValueError as error:
        if preset not in SOLOv2.presets:
            raise
        # Its own advice is for Python.
        raise CliError(f"{error} On the command line: --no-weights.") from error


def _canvas(image_size, levels):
    """Another canvas, and scale ranges that follow it."""
    from keras_solo.geometry import Letterbox, Levels

    return {
        "preprocessor": Letterbox(image_size),
        "levels": Levels.for_canvas(
            image_size, levels.grid_sizes, levels.names, levels.center_sigma
        ),
    }


def _trainable_backbone(backbone):
    """Random weights need a backbone that learns, and norms that do."""
    from keras_solo.models import ResNet

    if not isinstance(backbone, ResNet):
        return {}
    config = {
        **backbone.get_config(),
        "norm_frozen": False,
        "frozen_stages": 0,
    }
    return {"backbone": ResNet.from_config(config)}
