"""A depthwise convolution as shifted maps that are weighted and summed."""

import keras
from keras import ops

from keras_solo._backend.device import is_on_cpu
from keras_solo._tensor import Tensor


def is_for_taps(inputs: Tensor, kernel: Tensor) -> bool:
    """Whether `convolve_by_taps` is the fast form.

    XLA has no fast depthwise convolution for a CPU, but makes one loop of
    these sums.
    """
    if keras.backend.backend() != "jax" or kernel.dtype != "float32":
        return False
    return is_depthwise(inputs, kernel) and is_on_cpu(kernel)


def is_depthwise(inputs: Tensor, kernel: Tensor) -> bool:
    """Whether each channel is convolved with a kernel of its own."""
    return kernel.shape[2] == 1 and kernel.shape[3] == inputs.shape[-1] > 1


def convolve_depthwise_by_jax(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    """`convolve_by_taps` with a gradient that XLA makes fast code of."""
    import jax

    @jax.custom_vjp
    def convolved(inputs: Tensor, kernel: Tensor) -> Tensor:
        return convolve_by_taps(inputs, kernel, strides)

    def pull(saved: tuple[Tensor, Tensor], gradient: Tensor) -> object:
        inputs, kernel = saved
        _, pull_inputs = jax.vjp(
            lambda inputs: convolve_by_taps(inputs, kernel, strides), inputs
        )
        of_kernel = kernel_gradient(inputs, gradient, kernel.shape, strides)
        return *pull_inputs(gradient), of_kernel

    convolved.defvjp(lambda *both: (convolved(*both), both), pull)
    return convolved(inputs, kernel)


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


def kernel_gradient(
    inputs: Tensor,
    gradient: Tensor,
    shape: tuple[int, ...],
    strides: tuple[int, int],
) -> Tensor:
    """The gradient of the kernel, pixel by pixel of the result.

    The sum of all channels and taps stays in the fastest memory. A sum over
    whole maps for each tap took 6 to 30 times as long.

    Args:
        inputs: `(B, H, W, C)`.
        gradient: Of the result, `(B, H', W', C)`.
        shape: Of the kernel, `(kh, kw, 1, C)`.
        strides: (vertical, horizontal).

    Returns:
        Tensor `(kh, kw, 1, C)`.
    """
    kernel_height, kernel_width, _, channels = shape
    images, height, width, _ = gradient.shape
    window = (1, kernel_height, kernel_width, channels)

    def add(index: Tensor, total: Tensor) -> Tensor:
        image, pixel = index // (height * width), index % (height * width)
        y, x = pixel // width, pixel % width
        corner = (image, y * strides[0], x * strides[1], 0)
        seen = ops.slice(inputs, corner, window)
        pulled = ops.slice(gradient, (image, y, x, 0), (1, 1, 1, channels))
        return total + seen * pulled

    nothing = ops.zeros(window, gradient.dtype)
    total = ops.fori_loop(0, images * height * width, add, nothing)
    return ops.reshape(total, shape)
