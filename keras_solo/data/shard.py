"""Which part of a dataset is that of one process of several."""

from __future__ import annotations

from typing import TypeAlias

Shard: TypeAlias = tuple[int, int]


def checked_shard(shard: Shard) -> Shard:
    """A part of a dataset, as plain integers.

    Args:
        shard: (index, count): which of how many processes this is.

    Raises:
        ValueError: If it is none.

    Example:

    >>> checked_shard((0, 2))
    (0, 2)
    """
    try:
        index, count = (int(number) for number in shard)
        correct = (index, count) == tuple(shard) and 0 <= index < count
    except (TypeError, ValueError):
        correct = False
    if not correct:
        raise ValueError(
            "Expected shard to be (index, count), integers with "
            f"0 <= index < count. Received: shard={shard!r}"
        )
    return index, count
