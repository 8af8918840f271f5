"""The architecture of MMDetection's SOLOv2, off names and shapes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np

from keras_solo.checkpoints.mmdet_config import ForeignWeightsError, Said
from keras_solo.checkpoints.mmdet_names import Arrays, Shape, listed


def architecture(
    tensors: Arrays, meta: Mapping[str, object]
) -> dict[str, object]:
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
    return {
        "backbone": {
            **resnet_architecture(within(tensors, "backbone.")),
            **said.freezing(),
        },
        "num_classes": num_classes,
        "class_names": said.class_names(num_classes),
        "category_ids": said.category_ids(num_classes),
        **said.places(
            light=_shape(tensors, "mask_head.conv_kernel.weight")[0] <= 128,
            deformable=bool(head["deformable"]),
        ),
        "head": {**head, "groups": head_groups},
        "pyramid_filters": _filters(tensors, "neck.lateral_convs.0.conv"),
        "mask_head": {**_mask_head(tensors), "groups": mask_groups},
        "decoder": said.decoder(),
    }


def resnet_architecture(tensors: Arrays) -> dict[str, object]:
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
        first = f"layer{1 + num_blocks.index(0)}.0.conv1.weight"
        raise ForeignWeightsError(
            "expected a ResNet backbone of four stages. There is no "
            f"{first}{_nearest(first, tensors)}"
        )
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
    for number in filters:
        _check_filters(number, tensors, groups)
    return {
        "block": "bottleneck" if bottleneck else "basic",
        "num_blocks": tuple(num_blocks),
        "filters": tuple(filters),
        "stem_filters": _shape(tensors, "conv1.weight")[0],
        "groups": groups,
        "group_width": 64 if groups == 1 else per_group * 64 // filters[0],
        "deformable_stages": tuple(deformable),
    }


def _head(tensors: Arrays) -> dict[str, object]:
    prefix = "mask_head.cls_convs."
    num_convs = _count(tensors, prefix + "{}.conv.weight")
    if not num_convs or "mask_head.conv_kernel.weight" not in tensors:
        others = [n for n in tensors if not n.startswith(("backbone.", "neck"))]
        raise ForeignWeightsError(
            "expected a SOLOv2, with mask_head.cls_convs and "
            f"mask_head.conv_kernel. Received: {listed(others)}"
        )
    offsets = [
        f"{prefix}{i}.conv.conv_offset.weight" in tensors
        for i in range(num_convs)
    ]
    deformable = "all" if offsets[0] else "last" if offsets[-1] else None
    return {
        "filters": _filters(tensors, f"{prefix}0.conv"),
        "num_convs": num_convs,
        "kernel_filters": _shape(tensors, "mask_head.conv_kernel.weight")[0],
        "deformable": deformable,
    }


def _mask_head(tensors: Arrays) -> dict[str, object]:
    first = "mask_head.mask_feature_head.convs_all_levels.0.conv0.conv"
    return {
        "filters": _filters(tensors, first),
        "deformable": f"{first}.conv_offset.weight" in tensors,
    }


def _shape(tensors: Arrays, name: str) -> Shape:
    """The shape of a convolution's weights."""
    shape = tensors[name].shape if name in tensors else ()
    if len(shape) != 4 or not all(shape):
        raise ForeignWeightsError(
            f"expected the weights of a convolution as {name}. Received: "
            + (f"shape {shape}" if name in tensors else "nothing")
            + ("" if name in tensors else _nearest(name, tensors))
        )
    return shape


def _nearest(name: str, tensors: Arrays) -> str:
    """Of a tensor that is missing: what else the file may call it."""
    near = difflib.get_close_matches(name, tensors, 1, cutoff=0.8)
    return f"; its nearest name is {near[0]}" if near else ""


def _filters(tensors: Arrays, name: str) -> int:
    """The filters of a convolution."""
    filters = _shape(tensors, f"{name}.weight")[0]
    _check_filters(filters, tensors)
    return filters


def _check_filters(filters: int, tensors: Arrays, groups: int = 1) -> None:
    """Refuses more filters than the weights of a 3 x 3 convolution allow.

    Some tensors say how large a model is to be built. One that the others do
    not fit would take gigabytes before they are compared.
    """
    there = sum(value.size for value in tensors.values())
    if 9 * filters * filters > groups * there:
        raise ForeignWeightsError(
            f"{filters} filters need more weights than the {there} that the "
            "file has"
        )


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
