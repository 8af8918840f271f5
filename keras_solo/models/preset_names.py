"""The names of all presets, each with a line about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from keras_solo.geometry.size import Size
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.coco_classes import COCO_CLASS_NAMES
from keras_solo.models.packaged_weights import packaged_weights
from keras_solo.models.published_weights import PUBLISHED


class PresetNames:
    """`SOLOv2.presets`: a dict of each preset's name and description."""

    def __get__(self, instance: object, owner: type) -> dict[str, str]:
        return {name: describe(name) for name in ARCHITECTURES}


def describe(name: str) -> str:
    """One line about a preset."""
    architecture = ARCHITECTURES[name]
    letterbox = cast(Mapping[str, Size], architecture["preprocessor"])
    height, width = letterbox["image_size"]
    classes = cast(tuple[str, ...], architecture["class_names"])
    what = f"{len(classes)} COCO classes"
    if classes is not COCO_CLASS_NAMES:
        what = ", ".join(classes)
    published = PUBLISHED.get(name)
    if published:
        weights = f"mask AP {published.mask_ap}, {published.licence}"
    elif packaged_weights(name):
        weights = "weights in the package"
    else:
        weights = "an architecture without weights"
    return f"{what}, {height} x {width} pixels, {weights}"
