"""A convolution in the fastest form of each backend."""

import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import keras
from keras import ops

from keras_solo._backend.depthwise import (
    convolve_depthwise_by_jax,
    is_depthwise,
    is_for_taps,
)
from keras_solo._backend.device import is_on_cpu
from keras_solo._backend.winograd import count_tiles, winograd_convolve
from keras_solo._tensor import Tensor

# Numbers of a map from which on XLA's gradient of a kernel is slow on a CPU.
LARGE_MAP = 2**19
# From so many channels, pairs of them, and tiles on, fewer products outweigh
# more sums on a CPU.
MANY_CHANNELS = 128
MANY_PAIRS = {"jax": 2**16, "tensorflow": 2**15, "torch": 2**15}
MANY_TILES = 128
# With fewer channels oneDNN 3.12, which PyTorch 2.13 has, computes a wrong
# gradient of strided kernels of one tap on processors with AVX2.
FEW_CHANNELS = 8

_PLAIN = contextvars.ContextVar("plain", default=False)

# Before and after the height, and the width.
Zeros: TypeAlias = tuple[tuple[int, int], tuple[int, int]]


@contextlib.contextmanager
def plain_convolutions() -> Iterator[None]:
    """Traces convolutions as such, for runtimes that have their own ways."""
    token = _PLAIN.set(True)
    try:
        yield
    finally:
        _PLAIN.reset(token)


def convolve(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int] | str = (0, 0),
) -> Tensor:
    """A convolution with zeros around its input.

    `ops.conv` copies maps and kernels from layout to layout on PyTorch (a
    third of the time of a forward pass); and what XLA makes of a kernel's
    gradient on a CPU takes up to seven times the matrix products of this.

    Args:
        inputs: `(B, H, W, C)`.
        kernel: `(kh, kw, C / groups, filters)`.
        bias: `(filters,)`, or None.
        strides: (vertical, horizontal).
        padding: (top and bottom, left and right), or `"same"`: as many as
            make it `(H / strides, W / strides)`, rounded up, an odd one
            below and on the right.

    Returns:
        Tensor `(B, H', W', filters)`.
    """
    inputs, kernel = (ops.convert_to_tensor(t) for t in (inputs, kernel))
    same = strides == (1, 1) == padding
    if same and _is_for_winograd([inputs], kernel):
        (outputs,) = winograd_convolve([inputs], kernel)
        return outputs if bias is None else outputs + bias
    if keras.backend.backend() == "tensorflow":
        outputs = _convolved_by_tensorflow(inputs, kernel, strides, padding)
        return outputs if bias is None else outputs + bias
    zeros = _zeros(inputs, kernel, strides, padding)
    if keras.backend.backend() == "torch":
        return _convolve_by_torch(inputs, kernel, bias, strides, zeros)
    outputs = _convolved_by_jax(_surrounded(inputs, zeros), kernel, strides)
    return outputs if bias is None else outputs + bias


def same_zeros(side: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """How many zeros `"same"` puts before and after a side of a map."""
    most = max(kernel_size - (side % stride or stride), 0)
    return most // 2, most - most // 2


def _zeros(
    inputs: Tensor,
    kernel: Tensor,
    strides: tuple[int, int],
    padding: tuple[int, int] | str,
) -> Zeros:
    """Zeros before and after the height, and the width."""
    if isinstance(padding, str):
        sides = zip(inputs.shape[1:3], kernel.shape[:2], strides, strict=True)
        top_bottom, left_right = (same_zeros(*side) for side in sides)
        return top_bottom, left_right
    return (padding[0],) * 2, (padding[1],) * 2


def _convolved(
    inputs: Tensor,
    kernel: Tensor,
    strides: tuple[int, int],
    padding: str = "valid",
) -> Tensor:
    return ops.conv(
        inputs, kernel, strides, padding, data_format="channels_last"
    )


def _convolved_by_tensorflow(
    inputs: Tensor,
    kernel: Tensor,
    strides: tuple[int, int],
    padding: tuple[int, int] | str,
) -> Tensor:
    """Sides may be unknown; only a depthwise convolution is fast in groups."""
    if not isinstance(padding, str):
        inputs = _surrounded(inputs, _zeros(inputs, kernel, strides, padding))
        padding = "valid"
    if not is_depthwise(inputs, kernel) or strides[0] != strides[1]:
        return _convolved(inputs, kernel, strides, padding)
    return ops.depthwise_conv(
        inputs,
        ops.transpose(kernel, (0, 1, 3, 2)),
        strides,
        padding,
        data_format="channels_last",
    )


def _convolved_by_jax(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    """In forms, and with gradients, that XLA has no slow form for."""
    import jax

    if is_for_taps(inputs, kernel):
        return convolve_depthwise_by_jax(inputs, kernel, strides)
    if kernel.shape[2] != inputs.shape[-1]:  # in groups
        return _convolved(inputs, kernel, strides)
    if kernel.shape[:2] == (1, 1):
        return inputs[:, :: strides[0], :: strides[1]] @ kernel[0, 0]
    outputs = jax.eval_shape(
        lambda x, w: _convolved(x, w, strides), inputs, kernel
    )
    on_cpu = is_on_cpu(kernel) and kernel.dtype == "float32"
    # Where Keras infers shapes, sides are symbols, which have no order.
    known = all(isinstance(side, int) for side in outputs.shape)
    if not (on_cpu and known and outputs.size >= LARGE_MAP):
        return _convolved(inputs, kernel, strides)

    @jax.custom_vjp
    def convolved(inputs: Tensor, kernel: Tensor) -> Tensor:
        return _convolved(inputs, kernel, strides)

    def pull(saved: tuple[Tensor, Tensor], gradient: Tensor) -> object:
        inputs, kernel = saved
        _, pull_inputs = jax.vjp(
            lambda inputs: _convolved(inputs, kernel, strides), inputs
        )
        of_kernel = _kernel_gradient(inputs, gradient, kernel.shape, strides)
        return *pull_inputs(gradient), of_kernel

    convolved.defvjp(lambda *both: (convolved(*both), both), pull)
    return convolved(inputs, kernel)


def _kernel_gradient(
    inputs: Tensor,
    gradient: Tensor,
    shape: tuple[int, int, int, int],
    strides: tuple[int, int],
) -> Tensor:
    """A matrix product for each tap of a kernel."""
    kernel_height, kernel_width, channels, filters = shape
    _, height, width, _ = gradient.shape
    gradient = ops.reshape(gradient, (-1, filters))
    products = []
    for y in range(kernel_height):
        for x in range(kernel_width):
            rows = slice(y, y + (height - 1) * strides[0] + 1, strides[0])
            columns = slice(x, x + (width - 1) * strides[1] + 1, strides[1])
            seen = ops.reshape(inputs[:, rows, columns], (-1, channels))
            products.append(ops.matmul(ops.transpose(seen), gradient))
    return ops.reshape(ops.stack(products), shape)


def convolve_all(
    maps: Sequence[Tensor], kernel: Tensor, bias: Tensor | None = None
) -> list[Tensor]:
    """Convolves maps of several sizes with one kernel; sizes stay.

    Args:
        maps: `(B, H, W, C)`.
        kernel: `(k, k, C, filters)`, k odd.
        bias: `(filters,)`, or None.

    Returns:
        Tensors `(B, H, W, filters)`.
    """
    kernel = ops.convert_to_tensor(kernel)
    if _is_for_winograd(maps, kernel):
        outputs = winograd_convolve(maps, kernel)
        return outputs if bias is None else [x + bias for x in outputs]
    padding = (kernel.shape[0] // 2, kernel.shape[1] // 2)
    return [convolve(x, kernel, bias, padding=padding) for x in maps]


def _is_for_winograd(maps: Sequence[Tensor], kernel: Tensor) -> bool:
    """Whether fewer products pay for more sums."""
    *size, channels, filters = kernel.shape
    if _PLAIN.get():
        return False
    if size != [3, 3] or min(channels, filters) < MANY_CHANNELS:
        return False
    if channels * filters < MANY_PAIRS[keras.backend.backend()]:
        return False
    if any(None in features.shape[1:] for features in maps):
        return False
    if sum(count_tiles(features) for features in maps) < MANY_TILES:
        return False
    if maps[0].shape[-1] != channels:  # in groups
        return False
    if keras.backend.standardize_dtype(kernel.dtype) != "float32":
        return False
    return is_on_cpu(kernel)


def _surrounded(inputs: Tensor, zeros: Zeros) -> Tensor:
    if zeros == ((0, 0), (0, 0)):
        return inputs
    return ops.pad(inputs, [(0, 0), *zeros, (0, 0)])


def _convolve_by_torch(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    strides: tuple[int, int],
    zeros: Zeros,
) -> Tensor:
    from torch.nn import functional

    (top, bottom), (left, right) = zeros
    padding = (top, left)
    if zeros != ((top, top), (left, left)):
        inputs = functional.pad(inputs, (0, 0, left, right, top, bottom))
        padding = (0, 0)
    one_tap = kernel.shape[:2] == (1, 1) and padding == (0, 0)
    if one_tap and kernel.shape[2] < FEW_CHANNELS:
        inputs = inputs[:, :: strides[0], :: strides[1]]
        strides = (1, 1)
    # Views, not copies.
    filters = kernel.permute(3, 2, 0, 1)
    if len(filters) == 1:
        # Else PyTorch 2.13 takes the other order for its gradient, and raises,
        # where oneDNN isn't used: small images, half precision on AVX2.
        filters = filters.contiguous()
    outputs = functional.conv2d(
        inputs.permute(0, 3, 1, 2),
        filters,
        None if bias is None else ops.convert_to_tensor(bias),
        strides,
        padding,
        groups=inputs.shape[-1] // kernel.shape[2],
    )
    return outputs.permute(0, 2, 3, 1)


def lay_out(kernel: Tensor) -> None:
    """Puts a kernel's numbers in the order in which `convolve` reads them.

    Its shape and values stay. On PyTorch each convolution of a small map
    would else spend as much time on copying its kernel.

    Args:
        kernel: A variable `(kh, kw, C, filters)`.
    """
    if keras.backend.backend() == "torch":
        tensor = kernel.value.data
        ordered = tensor.permute(3, 0, 1, 2).contiguous()
        kernel.value.data = ordered.permute(1, 2, 3, 0)
