"""A convolution in the fastest form of each backend."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_solo._backend.device import is_on_cpu
from keras_solo._backend.winograd import count_tiles, winograd_convolve
from keras_solo._tensor import Tensor

# Numbers of a map from which on XLA's gradient of a kernel is slow on a CPU.
LARGE_MAP = 2**22
# From so many channels, pairs of them, and tiles on, fewer products outweigh
# more sums on a CPU.
MANY_CHANNELS = 128
MANY_PAIRS = {"jax": 2**16, "tensorflow": 2**15, "torch": 2**15}
MANY_TILES = 128


def convolve(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
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
        padding: (top and bottom, left and right).

    Returns:
        Tensor `(B, H', W', filters)`.
    """
    inputs, kernel = (ops.convert_to_tensor(t) for t in (inputs, kernel))
    same = strides == (1, 1) == padding
    if same and _is_for_winograd([inputs], kernel):
        (outputs,) = winograd_convolve([inputs], kernel)
        return outputs if bias is None else outputs + bias
    if keras.backend.backend() == "torch":
        return _convolve_by_torch(inputs, kernel, bias, strides, padding)
    inputs = _surrounded(inputs, padding)
    convolved = _convolved
    if keras.backend.backend() == "jax" and kernel.shape[2] == inputs.shape[-1]:
        convolved = _convolved_by_jax
    outputs = convolved(inputs, kernel, strides)
    return outputs if bias is None else outputs + bias


def _convolved(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    return ops.conv(
        inputs, kernel, strides, "valid", data_format="channels_last"
    )


def _convolved_by_jax(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    """The same, with gradients that XLA has no slow form for."""
    import jax

    if kernel.shape[:2] == (1, 1):
        return inputs[:, :: strides[0], :: strides[1]] @ kernel[0, 0]
    outputs = jax.eval_shape(
        lambda x, w: _convolved(x, w, strides), inputs, kernel
    )
    on_cpu = is_on_cpu(kernel) and kernel.dtype == "float32"
    if not on_cpu or outputs.size < LARGE_MAP:
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


def _surrounded(inputs: Tensor, padding: tuple[int, int]) -> Tensor:
    if not any(padding):
        return inputs
    return ops.pad(inputs, [(side, side) for side in (0, *padding, 0)])


def _convolve_by_torch(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> Tensor:
    from torch.nn import functional

    # Views, not copies.
    outputs = functional.conv2d(
        inputs.permute(0, 3, 1, 2),
        kernel.permute(3, 2, 0, 1),
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
