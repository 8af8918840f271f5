"""Each cell once, however many classes it claims."""

from keras import ops

from keras_solo._tensor import Tensor


def unique_cells(cells: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The distinct cells of valid candidates, in order of appearance.

    Args:
        cells: `(K,)` int32, a cell for each candidate.
        valid: `(K,)` bool, whether there is a candidate.

    Returns:
        `(K,)` cells (0 beyond their number), `(K,)` the place of each
        candidate's cell among them, and their number.
    """
    bound = cells.shape[0]
    place = ops.arange(bound, dtype="int32")
    same = (cells[:, None] == cells[None, :]) & valid[None, :]
    first = ops.min(ops.where(same, place[None, :], bound), axis=1)
    leads = first == place
    rank = ops.cumsum(ops.cast(leads, "int32")) - 1
    order = ops.sort(ops.where(leads, place, bound))
    distinct = ops.where(
        order < bound, ops.take(cells, ops.minimum(order, bound - 1)), 0
    )
    slots = ops.take(rank, ops.minimum(first, bound - 1), axis=0)
    return (
        distinct,
        ops.where(valid, slots, 0),
        ops.sum(ops.cast(leads, "int32")),
    )
