"""What each preset is built like."""

from __future__ import annotations

from typing import TypeAlias

from keras_solo.geometry.levels import (
    LIGHT_448_RANGES,
    LIGHT_512_RANGES,
    REFERENCE_GRID_SIZES,
    REFERENCE_RANGES,
    Levels,
)
from keras_solo.geometry.size import Size
from keras_solo.models.coco_classes import COCO_CATEGORY_IDS, COCO_CLASS_NAMES
from keras_solo.models.head_sizes import HEAD_SIZES, MODEL_SIZES

# Arguments of `SOLOv2`, the backbone as those of `ResNet`, or where it is a
# variant as those of `EfficientNetLite`.
Architecture: TypeAlias = dict[str, object]


def _architecture(
    depth: int,
    head: str = "full",
    image_size: Size = (800, 1333),
    ranges: tuple[tuple[float, float], ...] = REFERENCE_RANGES,
    deformable: str | None = None,
    groups: int = 1,
    group_width: int = 64,
) -> Architecture:
    """The constructor's arguments, the backbone as those of `ResNet`."""
    return {
        "backbone": {
            "depth": depth,
            "norm_frozen": True,
            "frozen_stages": 1,
            "groups": groups,
            "group_width": group_width,
            "deformable_stages": (2, 3, 4) if deformable else (),
        },
        "class_names": COCO_CLASS_NAMES,
        "category_ids": COCO_CATEGORY_IDS,
        "preprocessor": {"image_size": image_size, "canvas": "fit"},
        "levels": {"grid_sizes": REFERENCE_GRID_SIZES, "ranges": ranges},
        "head": _head(head, deformable),
        "mask_head": {"deformable": deformable == "all"},
    }


def _head(head: str, deformable: str | None) -> dict[str, object]:
    arguments: dict[str, object] = dict(HEAD_SIZES[head])
    if deformable == "last":
        arguments["num_convs"] = 3
    return {**arguments, "deformable": deformable}


def _light(depth: int) -> Architecture:
    return _architecture(depth, "light", (448, 768), LIGHT_448_RANGES)


# Small enough to learn in minutes on a CPU.
_TINY_SHAPES: Architecture = {
    "backbone": {
        "block": "basic",
        "num_blocks": (1, 1, 1, 1),
        "filters": (16, 32, 64, 128),
        "stem_filters": 16,
    },
    "class_names": ("circle", "rectangle", "triangle"),
    "preprocessor": {"image_size": (128, 128)},
    "levels": {
        "grid_sizes": (16, 8),
        "ranges": ((0, 36), (24, float("inf"))),
        "names": ("P3", "P4"),
    },
    "head": {
        "filters": 48,
        "num_convs": 2,
        "kernel_filters": 32,
        "groups": 8,
        "prior_probability": 0.05,
    },
    "pyramid_filters": 48,
    "mask_head": {"filters": 48},
}

# What `keras-solo train` makes with --image-size 512 512, --grids 64 40 24 12 8
# and --max-detections 500.
_LITE0_NUCLEI: Architecture = {
    "backbone": {"variant": 0, "norm_frozen": True},
    "class_names": ("nucleus",),
    "category_ids": (1,),
    "preprocessor": {"image_size": (512, 512)},
    "levels": Levels.for_canvas((512, 512), (64, 40, 24, 12, 8)),
    "decoder": {"max_detections": 500, "max_candidates": 2500},
    **MODEL_SIZES["small"],
}

# The names of the first nine are those of MMDetection's SOLOv2 configs.
ARCHITECTURES: dict[str, Architecture] = {
    "solov2_r50_fpn_1x_coco": _architecture(50),
    "solov2_r50_fpn_3x_coco": _architecture(50),
    "solov2_r101_fpn_3x_coco": _architecture(101),
    "solov2_r101_dcn_fpn_3x_coco": _architecture(101, deformable="all"),
    "solov2_x101_dcn_fpn_3x_coco": _architecture(
        101, deformable="all", groups=64, group_width=4
    ),
    "solov2_light_r18_fpn_3x_coco": _light(18),
    "solov2_light_r34_fpn_3x_coco": _light(34),
    "solov2_light_r50_fpn_3x_coco": _light(50),
    "solov2_light_r50_dcn_fpn_3x_coco": _architecture(
        50, "light", (512, 852), LIGHT_512_RANGES, "last"
    ),
    "solov2_tiny_shapes": _TINY_SHAPES,
    "solov2_lite0_nuclei": _LITE0_NUCLEI,
}
