"""A depthwise convolution as shifted maps that are weighted and summed."""

import keras

from keras_solo._backend.device import is_on_cpu
from keras_solo._tensor import Tensor


def is_for_taps(inputs: Tensor, kernel: Tensor) -> bool:
    """Whether `convolve_by_taps` is the fast form.

    XLA has no fast depthwise convolution for a CPU, but makes one loop of
    these sums: one step of training took a tenth of the time and less.
    """
    if keras.backend.backend() != "jax" or kernel.dtype != "float32":
        return False
    return is_depthwise(inputs, kernel) and is_on_cpu(kernel)


def is_depthwise(inputs: Tensor, kernel: Tensor) -> bool:
    """Whether each channel is convolved with a kernel of its own."""
    return kernel.shape[2] == 1 and kernel.shape[3] == inputs.shape[-1] > 1


def convolve_by_taps(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    """A depthwise convolution without zeros around.

    Args:
        inputs: `(B, H, W, C)`.
        kernel: `(kh, kw, 1, C)`.
        strides: (vertical, horizontal).

    Returns:
        Tensor `(B, H', W', C)`.
    """
    kernel_height, kernel_width = kernel.shape[:2]
    lower = inputs.shape[1] - kernel_height + 1
    right = inputs.shape[2] - kernel_width + 1
    outputs = None
    for y in range(kernel_height):
        for x in range(kernel_width):
            rows = slice(y, y + lower, strides[0])
            columns = slice(x, x + right, strides[1])
            tap = inputs[:, rows, columns] * kernel[y, x, 0]
            outputs = tap if outputs is None else outputs + tap
    return outputs
