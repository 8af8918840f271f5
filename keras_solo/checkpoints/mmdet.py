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

from keras_solo.checkpoints.config_text import find, read_config
from keras_solo.checkpoints.torch_file import read_torch_file
from keras_solo.checkpoints.torch_writer import write_torch_file
from keras_solo.geometry.levels import (
    LIGHT_448_RANGES,
    LIGHT_512_RANGES,
    REFERENCE_GRID_SIZES,
    REFERENCE_RANGES,
)

Arrays = Mapping[str, np.ndarray]
Shape = tuple[int, ...]

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)
STRIDES = (8, 8, 16, 32, 32)
# By (light, deformable): scale ranges, and the (short, long) side in tests, of
# the published configs, for files that don't say.
PUBLISHED = {
    (False, False): (REFERENCE_RANGES, (800, 1333)),
    (False, True): (REFERENCE_RANGES, (800, 1333)),
    (True, False): (LIGHT_448_RANGES, (448, 768)),
    (True, True): (LIGHT_512_RANGES, (512, 852)),
}


class ForeignWeightsError(ValueError):
    """Weights that do not fit."""


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
    config = read_config(meta.get("cfg") or meta.get("config"))
    _check_pixels(config)
    model = _child(config, "model")
    head = _head(tensors, model)
    light = head["kernel_filters"] <= 128
    ranges, image_size = PUBLISHED[light, bool(head["deformable"])]
    num_classes = _shape(tensors, "mask_head.conv_cls.weight")[0]
    lateral = _shape(tensors, "neck.lateral_convs.0.conv.weight")
    return {
        "backbone": {
            **resnet_architecture(within(tensors, "backbone.")),
            **_freezing(_child(model, "backbone")),
        },
        "num_classes": num_classes,
        "class_names": _class_names(meta, config, num_classes),
        "preprocessor": {
            "image_size": _image_size(config) or image_size,
            "canvas": "fit",
        },
        "levels": _levels(_child(model, "mask_head"), ranges),
        "head": head,
        "pyramid_filters": lateral[0],
        "mask_head": _mask_head(tensors, model),
        "decoder": _decoder(_child(model, "test_cfg")),
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


def _head(tensors: Arrays, model: Any) -> dict[str, Any]:
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
        "groups": _groups(_child(model, "mask_head")),
        "deformable": deformable,
    }


def _mask_head(tensors: Arrays, model: Any) -> dict[str, Any]:
    first = "mask_head.mask_feature_head.convs_all_levels.0.conv0.conv"
    head = _child(_child(model, "mask_head"), "mask_feature_head")
    return {
        "filters": _shape(tensors, f"{first}.weight")[0],
        "groups": _groups(head),
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


# === What the config says ===

# In MMDetection's words and in ours.
TEST_ARGUMENTS = {
    "score_thr": "score_threshold",
    "mask_thr": "mask_threshold",
    "filter_thr": "update_threshold",
    "nms_pre": "nms_candidates",
    "max_per_img": "max_detections",
    "kernel": "nms_kernel",
    "sigma": "nms_sigma",
}


def _child(config: Any, key: str) -> Any:
    return config.get(key) if isinstance(config, dict) else None


def _numbers(value: Any) -> tuple | None:
    """A tuple, if it is a list or tuple of numbers."""
    if isinstance(value, list | tuple) and all(
        type(item) in (int, float) for item in value
    ):
        return tuple(value)
    return None


def _groups(config: Any) -> int:
    groups = _child(_child(config, "norm_cfg"), "num_groups")
    return groups if isinstance(groups, int) and groups > 0 else 32


def _levels(head: Any, ranges: Any) -> dict[str, Any]:
    grids = _numbers(_child(head, "num_grids")) or REFERENCE_GRID_SIZES
    strides = _numbers(_child(head, "strides")) or STRIDES
    if strides != STRIDES or len(grids) != len(STRIDES):
        raise ForeignWeightsError(
            f"expected levels of strides {STRIDES}. Received: "
            f"strides={strides}, num_grids={grids}"
        )
    said = _child(head, "scale_ranges")
    if isinstance(said, list | tuple) and len(said) == len(STRIDES):
        pairs = tuple(_numbers(pair) for pair in said)
        ranges = pairs if None not in pairs else ranges
    return {"grid_sizes": grids, "ranges": ranges}


def _decoder(config: Any) -> dict[str, Any]:
    said = {
        ours: _child(config, theirs) for theirs, ours in TEST_ARGUMENTS.items()
    }
    arguments = {
        name: value
        for name, value in said.items()
        if type(value) in (int, float, str)
    }
    if arguments.get("nms_candidates", 0) > 500:
        arguments["max_candidates"] = arguments["nms_candidates"]
    return arguments


def _freezing(backbone: Any) -> dict[str, Any]:
    if _child(backbone, "style") == "caffe":
        raise ForeignWeightsError(
            'its backbone is of style "caffe", with strides in the 1 x 1 '
            'convolutions; only "pytorch" is supported'
        )
    frozen = _child(backbone, "frozen_stages")
    return {
        # MMDetection's 0 freezes the stem alone; here that goes with stage 1.
        "frozen_stages": max(frozen, 0) if type(frozen) is int else 1,
        "norm_frozen": _child(backbone, "norm_eval") is not False,
    }


def _check_pixels(config: dict) -> None:
    """Raises if the model was trained on pixels scaled in another way."""
    for said in (
        _child(config.get("model"), "data_preprocessor"),
        config.get("data_preprocessor"),
        config.get("img_norm_cfg"),
    ):
        mean, std = (_numbers(_child(said, key)) for key in ("mean", "std"))
        flags = [_child(said, key) for key in ("to_rgb", "bgr_to_rgb")]
        if (
            mean not in (None, IMAGENET_MEAN)
            or std not in (None, IMAGENET_STD)
            or any(flag is False for flag in flags)
        ):
            raise ForeignWeightsError(
                f"expected a model of RGB pixels with mean {IMAGENET_MEAN} "
                f"and std {IMAGENET_STD}. Received: mean {mean}, std {std}, "
                f"{'BGR' if False in flags else 'RGB'}"
            )


def _image_size(config: dict) -> Shape | None:
    """(short, long) side of the resized image in tests."""
    places = (
        config.get("test_pipeline"),
        config.get("test_dataloader"),
        _child(config.get("data"), "test"),
    )
    for place in places:
        for key in ("img_scale", "scale"):
            for scale in map(_numbers, find(place, key)):
                if scale and len(scale) == 2 and min(scale) >= 1:
                    return int(min(scale)), int(max(scale))
    return None


def _class_names(
    meta: Mapping[str, Any], config: dict, num_classes: int
) -> tuple[str, ...] | None:
    """Names from the metadata, if there is one for each class."""
    dataset = meta.get("dataset_meta")
    candidates = (
        meta.get("CLASSES"),
        _child(dataset, "classes"),
        _child(dataset, "CLASSES"),
        *find(config, "classes"),
    )
    for names in candidates:
        if isinstance(names, list | tuple) and len(names) == num_classes:
            if all(isinstance(name, str) for name in names):
                if len(set(names)) == num_classes:
                    return tuple(names)
    return None


# === The way back ===


def to_mmdet(model, path: str | os.PathLike) -> None:
    """Writes a model's weights for MMDetection.

    Args:
        model: A `SOLOv2` with a `ResNet` of this package.
        path: A `.pth` file. MMDetection's `load_checkpoint` reads it, and
            `load_state_dict(strict=True)` takes its `"state_dict"`. The text
            in its `"meta"` says the grids, scale ranges and thresholds, which
            MMDetection needs in its own config; `from_preset` reads them.

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


def config_of(model) -> str:
    """What the weights do not say, as a config text of MMDetection."""
    head, decoder = model.head, model.decoder
    short, long = sorted(model.preprocessor.image_size)
    test = {
        theirs: getattr(decoder, ours)
        for theirs, ours in TEST_ARGUMENTS.items()
    }
    mask_norm = {"type": "GN", "num_groups": model.mask_feature_head.groups}
    config = {
        "type": "SOLOv2",
        "backbone": {
            "style": "pytorch",
            "frozen_stages": model.backbone.frozen_stages or -1,
            "norm_eval": model.backbone.norm_frozen,
        },
        "mask_head": {
            "num_classes": model.num_classes,
            "num_grids": list(model.levels.grid_sizes),
            "scale_ranges": model.levels.ranges,
            "strides": list(STRIDES),
            "norm_cfg": {"type": "GN", "num_groups": head.groups},
            "mask_feature_head": {"norm_cfg": mask_norm},
        },
        "test_cfg": test,
    }
    # An open end of a range, in a text that has no infinity.
    text = repr(config).replace("inf", "1e9")
    pipeline = [{"type": "Resize", "scale": (long, short), "keep_ratio": True}]
    return f"model = {text}\ntest_pipeline = {pipeline!r}\n"
