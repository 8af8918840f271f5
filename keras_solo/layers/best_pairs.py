"""The best pairs of cell and class, for runtimes whose top-k is slow."""

from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.layers.image_rows import image_rows


def best_pairs(scores: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """The best scores of each image, and whose they are.

    As `top_k` of all scores finds them, equal ones in their order. But these
    can only be of the cells with the `count` best scores, so that two short
    lists are searched instead of a long one.

    Args:
        scores: `(B, cells, classes)`.
        count: How many, at most `cells * classes`.

    Returns:
        Three tensors `(B, count)`: scores, cells and classes.

    Example:

    >>> import numpy as np
    >>> scores = np.float32([[[0.1, 0.2], [0.9, 0.8], [0.0, 0.7]]])
    >>> best, cells, classes = best_pairs(scores, 2)
    >>> [ops.convert_to_numpy(one).tolist() for one in (cells, classes)]
    [[[1, 1]], [[0, 1]]]
    """
    _, cells, classes = scores.shape
    chosen = None
    if count < cells and classes > 1:
        _, chosen = ops.top_k(ops.max(scores, axis=-1), count)
        # In their order, by which equal scores are told apart.
        backwards, _ = ops.top_k(-ops.cast(chosen, "int32"), count)
        chosen = -backwards
        scores = image_rows(scores, chosen)
        cells = count
    best, index = ops.top_k(ops.reshape(scores, (-1, cells * classes)), count)
    index = ops.cast(index, "int32")
    cell = index // classes
    label = index - classes * cell
    if chosen is not None:
        cell = image_rows(chosen, cell)
    return best, cell, label
