"""MMDetection's names, and the values of its tensors for our variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np

from keras_solo.checkpoints.mmdet_config import ForeignWeightsError

Arrays: TypeAlias = Mapping[str, np.ndarray]
Shape: TypeAlias = tuple[int, ...]


def values(
    tensors: Arrays,
    shapes: Mapping[str, Shape],
    names: Mapping[str, str] | None = None,
) -> dict[str, np.ndarray]:
    """Values for variables, from tensors that PyTorch laid out.

    Args:
        tensors: By MMDetection's (or, for a backbone alone, torchvision's)
            names.
        shapes: The shape of each variable, by its path.
        names: The name of the tensor for each path; by default MMDetection's.

    Returns:
        An array for each path. Convolutions are transposed, as views.

    Raises:
        ForeignWeightsError: If a tensor is left over, missing, or of another
            shape; lists them.
    """
    unused, missing = dict(tensors), []
    results: dict[str, np.ndarray] = {}
    for path, shape in shapes.items():
        name = names[path] if names else reference_name(path)
        value = unused.pop(name, None)
        if value is not None and value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)
        if value is None or value.shape != tuple(shape):
            received = "nothing" if value is None else f"shape {value.shape}"
            missing.append(f"{name} ({tuple(shape)} expected, {received})")
            continue
        results[path] = value
    if missing or unused:
        raise ForeignWeightsError(
            "Each tensor must be the value of one variable. "
            f"Missing: {listed(missing)}. Left over: {listed(unused)}."
        )
    return results


def listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + more if names else "none"


# Our paths, as regular expressions, and what MMDetection calls them.
RULES: tuple[tuple[str, Callable[..., str]], ...] = (
    (r"conv1_conv", lambda: "backbone.conv1"),
    (r"conv1_bn", lambda: "backbone.bn1"),
    (
        r"stack(\d+)_block(\d+)_0_(conv|bn)",
        lambda stage, block, kind: (
            f"backbone.layer{int(stage) + 1}.{block}"
            f".downsample.{('conv', 'bn').index(kind)}"
        ),
    ),
    (
        r"stack(\d+)_block(\d+)_(\d)_(conv|bn)",
        lambda stage, block, place, kind: (
            f"backbone.layer{int(stage) + 1}.{block}.{kind}{place}"
        ),
    ),
    (
        r"feature_pyramid/lateral_P(\d)",
        lambda level: f"neck.lateral_convs.{int(level) - 2}.conv",
    ),
    (
        r"feature_pyramid/output_P(\d)",
        lambda level: f"neck.fpn_convs.{int(level) - 2}.conv",
    ),
    (r"head/category_(\d+)", lambda index: f"mask_head.cls_convs.{index}"),
    (r"head/kernel_(\d+)", lambda index: f"mask_head.kernel_convs.{index}"),
    (r"head/category_output", lambda: "mask_head.conv_cls"),
    (r"head/kernel_output", lambda: "mask_head.conv_kernel"),
    (
        r"mask_feature_head/P(\d)_(\d)",
        lambda level, step: (
            "mask_head.mask_feature_head.convs_all_levels."
            f"{int(level) - 2}.conv{step}"
        ),
    ),
    (
        r"mask_feature_head/output_block",
        lambda: "mask_head.mask_feature_head.conv_pred",
    ),
)
PARTS = {
    "norm": "gn",
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def reference_name(path: str) -> str:
    """MMDetection's name of one of our variables.

    Args:
        path: Of a variable of a `SOLOv2` with a `ResNet` of this package.

    Returns:
        The name in a `state_dict`.

    Example:

    >>> reference_name("head/category_0/norm/gamma")
    'mask_head.cls_convs.0.gn.weight'
    """
    for pattern, name in RULES:
        match = re.match(pattern + r"/", path)
        if match:
            parts = path[match.end() :].split("/")
            return ".".join(
                [name(*match.groups()), *(PARTS.get(p, p) for p in parts)]
            )
    raise ForeignWeightsError(
        "Expected the variables of a SOLOv2 with a ResNet of this package, "
        f"with batch normalisation. Received: {path}"
    )


def tensor_of(value: np.ndarray) -> np.ndarray:
    """A variable's value as PyTorch lays it out, in float32."""
    if value.ndim == 4:
        value = value.transpose(3, 2, 0, 1)
    return np.asarray(value, "float32")
