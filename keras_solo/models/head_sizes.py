"""Sizes of heads by name: the paper's two, and one for small backbones."""

from typing import Any

HEAD_SIZES: dict[str, dict[str, int]] = {
    "full": {"filters": 512, "num_convs": 4, "kernel_filters": 256},
    "light": {"filters": 256, "num_convs": 2, "kernel_filters": 128},
    "small": {"filters": 128, "num_convs": 2, "kernel_filters": 64},
}
# What goes with a head, as arguments of `SOLOv2`. With a small head around an
# EfficientNetLite, the network behind the backbone is as large as that is.
MODEL_SIZES: dict[str, dict[str, Any]] = {
    "full": {"head": "full"},
    "light": {"head": "light"},
    "small": {
        "head": "small",
        "mask_head": {"filters": 64},
        "pyramid_filters": 128,
    },
}
