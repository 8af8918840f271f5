"""Sizes of the full and the light head of the paper."""

HEAD_SIZES: dict[str, dict[str, int]] = {
    "full": {"filters": 512, "num_convs": 4, "kernel_filters": 256},
    "light": {"filters": 256, "num_convs": 2, "kernel_filters": 128},
}
