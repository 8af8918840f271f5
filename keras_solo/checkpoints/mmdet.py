"""MMDetection's SOLOv2: an architecture and values for our variables.

Only names, shapes and arrays pass through here; the models are built
elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from keras_solo.checkpoints.mmdet_config import (
    ForeignWeightsError,
    Said,
    config_of,
)
from keras_solo.checkpoints.torch_file import read_torch_file
from keras_solo.checkpoints.torch_writer import write_torch_file

Arrays = Mapping[str, np.ndarray]
Shape = tuple[int, ...]

# === Reading ===


def read_mmdet(path: str | os.PathLike) -> tuple[Arrays, dict[str, Any]]:
    """Reads a SOLOv2 checkpoint of MMDetection 2 or 3.

    Args:
        path: A `.pth` file.

    Returns:
        The tensors by name, and the arguments of the `SOLOv2` that they are
        for, see `architecture`.

    Raises:
        TorchFileError: If the file is broken.
        ForeignWeightsError: If it is no SOLOv2 that this package can build.
    """
    checkpoint = read_torch_file(path)
    tensors = state_dict(checkpoint, path)
    try:
        return tensors, architecture(tensors, _metadata(checkpoint))
    except ForeignWeightsError as error:
        raise ForeignWeightsError(f"{path}: {error}") from error


def state_dict(checkpoint: Any, path: Any) -> dict[str, np.ndarray]:
    """The tensors of what `torch.save` wrote, without counters."""
    tensors = checkpoint
    if isinstance(checkpoint, dict) and "state_dict" in checkpoint:
        tensors = checkpoint["state_dict"]
    if not isinstance(tensors, dict) or not any(
        isinstance(value, np.ndarray) for value in tensors.values()
    ):
        raise ForeignWeightsError(
            f"{path} has no state_dict: expected a dict of tensors, or one "
            'with the key "state_dict".'
        )
    return {
        # DistributedDataParallel's prefix says nothing about the model.
        str(name).removeprefix("module."): value
        for name, value in tensors.items()
        if isinstance(value, np.ndarray)
        and not str(name).endswith("num_batches_tracked")
    }


def _metadata(checkpoint: Any) -> dict[str, Any]:
    meta = checkpoint.get("meta") if isinstance(checkpoint, dict) else None
    return meta if isinstance(meta, dict) else {}


# === Values ===


def values(tensors: Arrays, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Values for variables, from tensors that PyTorch laid out.

    Args:
        tensors: By MMDetection's (or, for a backbone alone, torchvision's)
            names.
        shapes: The shape of each variable, by its path.

    Returns:
        An array for each path. Convolutions are transposed, as views.

    Raises:
        ForeignWeightsError: If a tensor is left over, missing, or of another
            shape; lists them.
    """
    unused, missing, results = dict(tensors), [], {}
    for path, shape in shapes.items():
        name = reference_name(path)
        value = unused.pop(name, None)
        if value is not None and value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)
        if value is None or value.shape != tuple(shape):
            received = "nothing" if value is None else f"shape {value.shape}"
            missing.append(f"{name} ({tuple(shape)} expected, {received})")
        results[path] = value
    if missing or unused:
        raise ForeignWeightsError(
            "Each tensor must be the value of one variable. "
            f"Missing: {_listed(missing)}. Left over: {_listed(unused)}."
        )
    return results


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + more if names else "none"


# Our paths, as regular expressions, and what MMDetection calls them.
RULES = (
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


# === Architecture ===


def architecture(tensors: Arrays, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the arguments of a `SOLOv2` off names and shapes.

    What the weights do not say (grids, scale ranges, thresholds, the size of
    tests, names of classes) comes from the config text and the class names of
    `meta`, and where these are silent from the published configs.

    Args:
        tensors: By MMDetection's names.
        meta: The checkpoint's `"meta"`.

    Returns:
        The constructor's arguments; the backbone as those of `ResNet`.
    """
    said = Said(meta)
    said.check_pixels()
    head_groups, mask_groups = said.groups()
    head = _head(tensors)
    num_classes = _shape(tensors, "mask_head.conv_cls.weight")[0]
    lateral = _shape(tensors, "neck.lateral_convs.0.conv.weight")
    return {
        "backbone": {
            **resnet_architecture(within(tensors, "backbone.")),
            **said.freezing(),
        },
        "num_classes": num_classes,
        "class_names": said.class_names(num_classes),
        **said.places(
            light=head["kernel_filters"] <= 128,
            deformable=bool(head["deformable"]),
        ),
        "head": {**head, "groups": head_groups},
        "pyramid_filters": lateral[0],
        "mask_head": {**_mask_head(tensors), "groups": mask_groups},
        "decoder": said.decoder(),
    }


def resnet_architecture(tensors: Arrays) -> dict[str, Any]:
    """Reads the arguments of a `ResNet` off torchvision's names and shapes."""
    if any(name.startswith("stem.") for name in tensors):
        raise ForeignWeightsError("its backbone has a deep stem (ResNetV1d)")
    if "bn1.running_mean" not in tensors:
        raise ForeignWeightsError(
            "expected a ResNet backbone with batch normalisation"
        )
    stages = range(1, 5)
    num_blocks = [
        _count(tensors, f"layer{stage}." + "{}.conv1.weight")
        for stage in stages
    ]
    if not all(num_blocks):
        raise ForeignWeightsError("expected a ResNet backbone of four stages")
    bottleneck = "layer1.0.conv3.weight" in tensors
    width, per_group, *_ = _shape(tensors, "layer1.0.conv2.weight")
    filters = [
        _shape(tensors, f"layer{s}.0.conv{3 if bottleneck else 2}.weight")[0]
        // (4 if bottleneck else 1)
        for s in stages
    ]
    deformable = [
        s for s in stages if f"layer{s}.0.conv2.conv_offset.weight" in tensors
    ]
    groups = width // per_group
    return {
        "block": "bottleneck" if bottleneck else "basic",
        "num_blocks": tuple(num_blocks),
        "filters": tuple(filters),
        "stem_filters": _shape(tensors, "conv1.weight")[0],
        "groups": groups,
        "group_width": 64 if groups == 1 else per_group * 64 // filters[0],
        "deformable_stages": tuple(deformable),
    }


def _head(tensors: Arrays) -> dict[str, Any]:
    prefix = "mask_head.cls_convs."
    num_convs = _count(tensors, prefix + "{}.conv.weight")
    if not num_convs or "mask_head.conv_kernel.weight" not in tensors:
        others = [n for n in tensors if not n.startswith(("backbone.", "neck"))]
        raise ForeignWeightsError(
            "expected a SOLOv2, with mask_head.cls_convs and "
            f"mask_head.conv_kernel. Received: {_listed(others)}"
        )
    offsets = [
        f"{prefix}{i}.conv.conv_offset.weight" in tensors
        for i in range(num_convs)
    ]
    deformable = "all" if offsets[0] else "last" if offsets[-1] else None
    return {
        "filters": _shape(tensors, f"{prefix}0.conv.weight")[0],
        "num_convs": num_convs,
        "kernel_filters": _shape(tensors, "mask_head.conv_kernel.weight")[0],
        "deformable": deformable,
    }


def _mask_head(tensors: Arrays) -> dict[str, Any]:
    first = "mask_head.mask_feature_head.convs_all_levels.0.conv0.conv"
    return {
        "filters": _shape(tensors, f"{first}.weight")[0],
        "deformable": f"{first}.conv_offset.weight" in tensors,
    }


def _shape(tensors: Arrays, name: str) -> Shape:
    """The shape of a convolution's weights."""
    shape = tensors[name].shape if name in tensors else ()
    if len(shape) != 4 or not all(shape):
        raise ForeignWeightsError(
            f"expected the weights of a convolution as {name}. Received: "
            + (f"shape {shape}" if name in tensors else "nothing")
        )
    return shape


def within(tensors: Arrays, prefix: str) -> dict[str, np.ndarray]:
    """The tensors whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _count(tensors: Arrays, pattern: str) -> int:
    count = 0
    while pattern.format(count) in tensors:
        count += 1
    return count


# === The way back ===


def to_mmdet(model, path: str | os.PathLike) -> None:
    """Writes a model's weights for MMDetection.

    Args:
        model: A `SOLOv2` with a `ResNet` of this package.
        path: A `.pth` file. MMDetection's `load_checkpoint` reads it, and
            `load_state_dict(strict=True)` takes its `"state_dict"`. The text
            in its `"meta"` says the grids, scale ranges and thresholds, which
            MMDetection needs in its own config; `from_preset` reads them. A
            `"fixed"` canvas comes back as `"fit"`: MMDetection has no other.

    Raises:
        ForeignWeightsError: If MMDetection has no such model.
    """
    backbone = getattr(model, "backbone", None)
    if getattr(backbone, "norm", None) != "batch":
        raise ForeignWeightsError(
            "Expected a SOLOv2 with a ResNet of this package, with batch "
            f"normalisation. Received: {backbone or model!r:.200}"
        )
    if model.levels.names != ("P2", "P3", "P4", "P5", "P6"):
        raise ForeignWeightsError(
            "MMDetection's SOLOv2 has the levels P2 to P6. "
            f"Received: {model.levels.names}"
        )
    tensors = {}
    for variable in model.weights:
        name, value = reference_name(variable.path), variable.numpy()
        if value.ndim == 4:
            value = value.transpose(3, 2, 0, 1)
        tensors[name] = np.asarray(value, "float32")
        if name.endswith("running_var"):
            counter = name.replace("running_var", "num_batches_tracked")
            tensors[counter] = np.zeros((), "int64")
    names = tuple(model.class_names or ())
    meta = {"cfg": config_of(model)}
    if names:
        # In the words of MMDetection 2 and of 3.
        meta |= {"CLASSES": names, "dataset_meta": {"classes": names}}
    write_torch_file(path, {"meta": meta, "state_dict": tensors})
