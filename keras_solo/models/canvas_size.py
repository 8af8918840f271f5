"""Which images a network takes: canvases, not photos as they are."""

from __future__ import annotations

from collections.abc import Sequence

# Of the coarsest map of a backbone: each map is half the one before.
STRIDE = 32


def check_canvas(shape: Sequence[int | None]) -> None:
    """Raises if the maps of a pyramid would not fit each other.

    Args:
        shape: `(B, H, W, 3)`; None for what is not known yet.

    Raises:
        ValueError: If a side is no multiple of 32; says what takes images as
            they are, and what makes canvases of them.

    Example:

    >>> check_canvas((None, 64, 96, 3))
    """
    height, width = shape[1:3]
    if any(side is not None and side % STRIDE for side in (height, width)):
        raise ValueError(
            "Expected canvases of a height and a width that are multiples of "
            f"{STRIDE}. Received: images of {height} x {width} pixels. "
            "model.segment takes images as they are; to_canvas of the model's "
            "preprocessor makes of one what predict takes, dataset.batches "
            "what fit takes."
        )
