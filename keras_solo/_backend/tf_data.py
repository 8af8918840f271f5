"""`tf.data` of what Python functions make; TensorFlow on any backend."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from keras_solo._tensor import Shape, Tensor


def imported_tensorflow() -> ModuleType:
    """TensorFlow, imported when it is asked for.

    Raises:
        ImportError: If it is not installed; says how to install it.
    """
    try:
        import tensorflow
    except ImportError as error:
        raise ImportError(
            "tf.data needs TensorFlow, beside any backend: "
            'pip install "keras-solo[tensorflow]"'
        ) from error
    return tensorflow


def dataset_of(
    make: Callable[[int], Sequence[np.ndarray]],
    count: int,
    signature: Sequence[tuple[Shape, np.dtype]],
    pack: Callable[[Sequence[Tensor]], Tensor],
    parallel: int,
) -> Tensor:
    """A `tf.data.Dataset` of elements that a function makes.

    Args:
        make: Makes the arrays of the element of a number, from 0.
        count: How many elements there are.
        signature: Shape and type of each array.
        pack: From these arrays, as tensors, to the element.
        parallel: How many are made at the same time, and ahead.

    Returns:
        A `tf.data.Dataset` whose length is known; elements come in order.

    Example:

    ```python
    signature = [((2,), np.dtype("int64"))]
    dataset = dataset_of(lambda n: [np.array([n, n])], 3, signature, tuple, 1)
    ```
    """
    tf = imported_tensorflow()

    def element(number: Tensor) -> Tensor:
        return pack(made_by(lambda n: make(int(n)), [number], signature))

    return (
        tf.data.Dataset.range(count)
        .map(element, num_parallel_calls=parallel, deterministic=True)
        .prefetch(parallel)
    )


def made_by(
    make: Callable[..., Sequence[np.ndarray]],
    inputs: Sequence[Tensor],
    signature: Sequence[tuple[Shape, np.dtype]],
) -> Sequence[Tensor]:
    """What a function of arrays makes, as tensors within a TensorFlow graph.

    Args:
        make: Makes the arrays, from as many as there are inputs.
        inputs: Tensors of TensorFlow.
        signature: Shape and type of each array.

    Returns:
        A tensor of TensorFlow for each array.

    Example:

    ```python
    signature = [((2,), np.dtype("int64"))]
    [doubled] = made_by(lambda array: [2 * array], [tensor], signature)
    ```
    """
    types = [dtype for _, dtype in signature]
    arrays = imported_tensorflow().numpy_function(
        lambda *given: list(make(*given)), inputs, types, name="batch"
    )
    for array, (shape, _) in zip(arrays, signature, strict=True):
        array.set_shape(shape)
    return arrays


def is_symbolic(tensor: object) -> bool:
    """Whether it is a tensor of a TensorFlow graph, which has no values yet.

    Args:
        tensor: Anything.
    """
    tf = sys.modules.get("tensorflow")
    return tf is not None and bool(tf.is_symbolic_tensor(tensor))
