"""The convolution of all parts: explicit zeros around, fast everywhere."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_solo._backend.convolution import (
    convolve,
    convolve_all,
    lay_out,
    same_zeros,
)
from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.deformable_sampling import size_pair


@keras.saving.register_keras_serializable(package="keras_solo")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with explicit padding, in a faster form.

    The same zeros are put on both sides, as PyTorch does; `"same"`, which is
    Keras's and TensorFlow's, pads otherwise where there are strides. On
    PyTorch nothing is copied from layout to layout. With as many groups as
    channels it is a depthwise convolution.

    Args:
        filters: Number of output channels.
        kernel_size: Integer or (height, width).
        strides: Integer or (vertical, horizontal), in pixels.
        padding: Zero pixels on each side: integer or (top and bottom, left
            and right); or `"same"`, for ceil(H / strides) rows and as many
            columns.
        **kwargs: Further arguments of `keras.layers.Conv2D`, but
            `data_format` and `dilation_rate`.

    Input shape: `(B, H, W, C)`. Output shape: `(B, H', W', filters)`.

    Example:

    >>> import numpy as np
    >>> layer = Conv2D(8, strides=2)
    >>> tuple(layer(np.zeros((1, 16, 20, 4), "float32")).shape)
    (1, 8, 10, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] = 3,
        strides: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 1,
        **kwargs: Any,
    ) -> None:
        self.zeros = _zeros(padding)
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding="valid",
            data_format="channels_last",
            dilation_rate=1,
            **kwargs,
        )

    def build(self, input_shape: Shape) -> None:
        super().build(self._padded(input_shape))
        lay_out(self.kernel)

    def call(self, inputs: Tensor) -> Tensor:
        outputs = convolve(
            inputs, self.kernel, self.bias, self.strides, self.zeros
        )
        return self.activation(outputs) if self.activation else outputs

    def call_all(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The same for maps of several sizes, together where that is less."""
        centred = self.zeros == tuple(side // 2 for side in self.kernel_size)
        together = centred and self.strides == (1, 1)
        if not together or self.compute_dtype != "float32":
            return [self(features) for features in maps]
        outputs = convolve_all(maps, self.kernel, self.bias)
        if self.activation is None:
            return outputs
        return [self.activation(features) for features in outputs]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return super().compute_output_shape(self._padded(input_shape))

    def _padded(self, input_shape: Shape) -> Shape:
        batch, *sides, channels = input_shape
        zeros = [0, 0]
        for axis, side in enumerate(sides):
            if not isinstance(self.zeros, str):
                zeros[axis] = 2 * self.zeros[axis]
            elif side is not None:
                size, stride = self.kernel_size[axis], self.strides[axis]
                zeros[axis] = sum(same_zeros(side, size, stride))
        padded = [
            side and side + count
            for side, count in zip(sides, zeros, strict=True)
        ]
        return (batch, *padded, channels)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        del config["data_format"], config["dilation_rate"]
        return {**config, "padding": self.zeros}


def _zeros(
    padding: int | tuple[int, int] | str,
) -> tuple[int, int] | Literal["same"]:
    if isinstance(padding, str):
        if padding != "same":
            raise ValueError(
                'Expected padding to be "same", an integer or two of them. '
                f"Received: padding={padding!r}"
            )
        return "same"
    return size_pair(padding, "padding", minimum=0)
