"""A function of one row after the other."""

from collections.abc import Callable

import keras
from keras import ops, tree

from keras_solo._tensor import Tensor


def map_rows(
    function: Callable[[Tensor], Tensor], rows: Tensor, result: Tensor
) -> Tensor:
    """`ops.map` of a function whose result has a known shape.

    On TensorFlow `ops.map` calls the function once more, on the first row, to
    see what it returns. That doubles what is traced, and the graph.

    Args:
        function: From the slices at one place of the first axis, in the
            structure of `rows`, to a structure of tensors.
        rows: A structure of tensors with the same first axis.
        result: What `function` returns, as `keras.KerasTensor`s.

    Returns:
        The function's results, stacked.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.map(function, rows)
    import tensorflow

    return tensorflow.map_fn(
        function,
        tree.map_structure(ops.convert_to_tensor, rows),
        fn_output_signature=tree.map_structure(
            lambda x: tensorflow.TensorSpec(x.shape, x.dtype), result
        ),
    )
