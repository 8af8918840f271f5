"""The deformable convolution that predicts its own offsets and mask."""

from typing import Any, TypeAlias

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.deformable_sampling import deformable_conv2d, size_pair
from keras_solo.layers.initializers import InitializerLike

# What Keras takes for a regularizer: one, its name, its config, or nothing.
RegularizerLike: TypeAlias = (
    keras.regularizers.Regularizer | str | dict[str, object] | None
)


@keras.saving.register_keras_serializable(package="keras_solo")
class DeformableConv2D(keras.layers.Layer):
    """Deformable convolution v2 whose offsets and mask it predicts itself.

    An ordinary convolution `conv_offset` of the same geometry predicts for
    every output position `3 * offset_groups * kh * kw` numbers: first the
    offsets (dy, dx) of each tap, then the logits of the mask, which go
    through a sigmoid. It starts at zero, so that a new layer is an ordinary
    convolution times one half. See `deformable_conv2d` for the rest.

    Training keeps about `5 * kh * kw` tensors `(B, H', W', C)` for the
    backward pass. Where that is too much, build the layer under
    `keras.RematScope` (`mode="full"`, or `mode="list_of_layers"` with its
    name): they are then computed a second time instead, layer by layer. It
    does not help JAX on a CPU, whose compiler undoes it.

    Args:
        filters: Number of output channels.
        kernel_size: Integer or (height, width).
        strides: Integer or (vertical, horizontal), in pixels.
        padding: Zero pixels on each side: integer or (top and bottom, left
            and right). Explicit and symmetric, never "same".
        dilation_rate: Integer or (vertical, horizontal). Keras does not
            allow it together with `strides` above 1.
        groups: Number of groups of input channels convolved separately.
        offset_groups: Number of groups of input channels with their own
            offsets and mask.
        use_bias: Whether to add a bias. `conv_offset` always has one.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Regularizer of the kernel, or `None`.
        bias_regularizer: Regularizer of the bias, or `None`.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input shape: `(B, H, W, C)`, H and W may be `None`.
    Output shape: `(B, H', W', filters)`.

    Raises:
        ValueError: If an argument is out of range, or the input channels
            are not divisible by `groups` and `offset_groups`.

    Example:

    >>> import numpy as np
    >>> layer = DeformableConv2D(8, strides=2)
    >>> tuple(layer(np.zeros((1, 16, 20, 4), "float32")).shape)
    (1, 8, 10, 8)

    Source: Deformable ConvNets v2 (arXiv:1811.11168);
    `ModulatedDeformConv2dPack` of mmcv.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] = 3,
        strides: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 1,
        dilation_rate: int | tuple[int, int] = 1,
        groups: int = 1,
        offset_groups: int = 1,
        use_bias: bool = False,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = _positive(filters, "filters")
        self.kernel_size = size_pair(kernel_size, "kernel_size")
        self.strides = size_pair(strides, "strides")
        self.padding = size_pair(padding, "padding", minimum=0)
        self.dilation_rate = size_pair(dilation_rate, "dilation_rate")
        self.groups = _positive(groups, "groups")
        self.offset_groups = _positive(offset_groups, "offset_groups")
        if filters % groups:
            raise ValueError(
                "Expected groups to divide filters. Received: "
                f"filters={filters}, groups={groups}"
            )
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.input_spec = keras.layers.InputSpec(ndim=4)
        self.conv_offset = self._offset_convolution()

    def _offset_convolution(self) -> keras.layers.Conv2D:
        kernel_h, kernel_w = self.kernel_size
        return keras.layers.Conv2D(
            3 * self.offset_groups * kernel_h * kernel_w,
            self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            kernel_initializer="zeros",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv_offset",
        )

    def build(self, input_shape: Shape) -> None:
        channels = self._checked_channels(input_shape)
        self.conv_offset.build(self._padded_shape(input_shape))
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
            )

    def _checked_channels(self, input_shape: Shape) -> int:
        channels = input_shape[-1]
        for name in ("groups", "offset_groups"):
            if not channels or channels % getattr(self, name):
                raise ValueError(
                    f"Expected {name} to divide the input channels. Received: "
                    f"{name}={getattr(self, name)}, input_shape={input_shape}"
                )
        return channels or 0

    def call(self, inputs: Tensor) -> Tensor:
        pad_y, pad_x = self.padding
        predicted = self.conv_offset(
            ops.pad(inputs, ((0, 0), (pad_y, pad_y), (pad_x, pad_x), (0, 0)))
        )
        split = predicted.shape[-1] // 3 * 2
        # The sigmoid in float32 too: it is part of the sampling weights.
        precise = keras.backend.result_type(self.compute_dtype, "float32")
        logits = ops.cast(predicted[..., split:], precise)
        return deformable_conv2d(
            inputs,
            predicted[..., :split],
            ops.sigmoid(logits),
            self.kernel,
            bias=self.bias,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
            offset_groups=self.offset_groups,
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        predicted_shape = self.conv_offset.compute_output_shape(
            self._padded_shape(input_shape)
        )
        return (*predicted_shape[:3], self.filters)

    def _padded_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        pad_y, pad_x = self.padding
        return (
            batch,
            None if height is None else height + 2 * pad_y,
            None if width is None else width + 2 * pad_x,
            channels,
        )

    def get_config(self) -> dict[str, object]:
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "offset_groups": self.offset_groups,
            "use_bias": self.use_bias,
            "kernel_initializer": serialize(self.kernel_initializer),
            "bias_initializer": serialize(self.bias_initializer),
            "kernel_regularizer": serialize(self.kernel_regularizer),
            "bias_regularizer": serialize(self.bias_regularizer),
        }


def _positive(value: int, name: str) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(
            f"Expected {name} to be a positive integer. "
            f"Received: {name}={value!r}"
        )
    return value
