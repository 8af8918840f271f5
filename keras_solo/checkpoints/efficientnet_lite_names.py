"""What the package `efficientnet-lite-pytorch` calls our variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from keras_solo.checkpoints.mmdet_names import PARTS, Arrays

CLASSIFIER = ("_conv_head.", "_bn1.", "_fc.")
LAYERS = {
    "expand_conv": "_expand_conv",
    "expand_bn": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_bn": "_bn1",
    "project_conv": "_project_conv",
    "project_bn": "_bn2",
}
STEM = {"stem_conv": "_conv_stem", "stem_bn": "_bn0"}


def without_classifier(tensors: Arrays) -> dict[str, np.ndarray]:
    """The tensors of the backbone alone."""
    return {
        name: value
        for name, value in tensors.items()
        if not name.startswith(CLASSIFIER)
    }


def torch_names(paths: Iterable[str]) -> dict[str, str]:
    """The name of each variable of an `EfficientNetLite` in a `state_dict`.

    Blocks are counted from the first stage to the last there, and within
    each stage here.

    Args:
        paths: Of all variables.

    Example:

    >>> torch_names(["stem_conv/kernel", "stack3_block1_expand_bn/gamma"])
    {'stem_conv/kernel': '_conv_stem.weight', \
'stack3_block1_expand_bn/gamma': '_blocks.0._bn0.weight'}
    """
    places = {path: _place(path) for path in paths}
    blocks = sorted({place for place in places.values() if place})
    names = {}
    for path, place in places.items():
        layer, variable = path.split("/")[-2:]
        if place:
            inside = LAYERS[layer.split("_", maxsplit=2)[2]]
            name = f"_blocks.{blocks.index(place)}.{inside}"
        else:
            name = STEM[layer]
        names[path] = f"{name}.{PARTS[variable]}"
    return names


def _place(path: str) -> tuple[int, ...]:
    """Which stage and block, none for the stem."""
    found = re.search(r"stack(\d+)_block(\d+)_", path)
    return tuple(map(int, found.groups())) if found else ()
