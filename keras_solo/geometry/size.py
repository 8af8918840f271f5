"""Sizes, written once: height before width."""

from __future__ import annotations

from typing import TypeAlias

Size: TypeAlias = tuple[int, int]
"""(height, width) in pixels."""


def checked_size(size: object) -> Size:
    """A size of two positive integers, or an error.

    Args:
        size: (height, width), any sequence of two numbers.

    Returns:
        A tuple of two `int`.

    Raises:
        ValueError: If it is anything else.

    Example:

    >>> checked_size([480, 640])
    (480, 640)
    """
    try:
        height, width = (int(side) for side in size)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        height = width = 0
    if height < 1 or width < 1:
        raise ValueError(
            "Expected a size of two positive integers, height and width. "
            f"Received: {size!r}"
        )
    return height, width


def round_up(side: int, multiple: int) -> int:
    """The smallest multiple that is at least as large.

    Args:
        side: Pixels.
        multiple: Pixels.

    Example:

    >>> round_up(65, 32)
    96
    """
    return -(-side // multiple) * multiple
