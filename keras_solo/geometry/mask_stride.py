"""How fine the mask grid is."""

MASK_STRIDE = 4
"""Canvas pixels between the positions of the mask grid."""
MASK_STRIDES = (2, MASK_STRIDE)
"""Those that a mask head may have."""


def checked_mask_stride(stride: int) -> int:
    """A stride that there is.

    Raises:
        ValueError: If there is no such mask grid.
    """
    if isinstance(stride, bool) or stride not in MASK_STRIDES:
        raise ValueError(
            f"Expected a mask stride of {' or '.join(map(str, MASK_STRIDES))} "
            f"canvas pixels. Received: {stride!r:.80}"
        )
    return stride
