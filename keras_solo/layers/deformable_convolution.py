"""Deformable convolution v2: every tap looks where the network tells it to."""

import keras
from keras import ops


def deformable_conv2d(
    inputs,
    offsets,
    mask,
    kernel,
    bias=None,
    strides=1,
    padding=1,
    dilation_rate=1,
    groups=1,
    offset_groups=1,
):
    """Convolves with taps that are moved by `offsets` and scaled by `mask`.

    Tap t of an ordinary convolution reads the pixel `p + p_t`. Here it reads
    `p + p_t + offset_t`, between pixels by bilinear interpolation, and what
    it reads is multiplied by `mask_t`. Pixels outside the image are zero, so
    a position at -1 or beyond, or at H (W) or beyond, reads zero and sends
    no gradient to its offset.

    The offset groups share the input channels evenly, in order: channels of
    one group move together. This is independent of `groups`.

    Positions and interpolation weights are float32 (bfloat16 positions are
    wrong beyond 256), and so is the sum over the taps.

    Memory: the taps are gathered one after the other, `(B, H', W', C)` each,
    and never put together to `(B, H', W', kh * kw, C)`. Compilers are free
    to overlap taps. For the backward pass the four neighbours and the
    interpolated value of each tap are kept, `5 * kh * kw` times
    `(B, H', W', C)`, unless they are rematerialized (`DeformableConv2D`).

    Args:
        inputs: `(B, H, W, C)` float tensor. H and W may be dynamic.
        offsets: `(B, H', W', 2 * offset_groups * kh * kw)` in pixels of
            `inputs`. The last axis runs over offset groups, then taps (row
            by row), then (dy, dx).
        mask: `(B, H', W', offset_groups * kh * kw)`, usually in [0, 1],
            groups and taps in the same order; or `None` for ones, which is
            deformable convolution v1.
        kernel: `(kh, kw, C / groups, filters)`.
        bias: `(filters,)` or `None`.
        strides: Integer or (vertical, horizontal), in pixels.
        padding: Zero pixels on each side: integer or (top and bottom, left
            and right).
        dilation_rate: Integer or (vertical, horizontal): distance of
            neighbouring taps in pixels.
        groups: Number of groups of input channels that are convolved
            separately.
        offset_groups: Number of groups of input channels with offsets and a
            mask of their own.

    Returns:
        Tensor `(B, H', W', filters)` of the dtype of `inputs`, where
        `H' = (H + 2 * padding - dilation_rate * (kh - 1) - 1) // strides + 1`
        is taken from `offsets`.

    Raises:
        ValueError: If the channels of the arguments do not fit each other.

    Example:

    >>> import numpy as np
    >>> inputs = np.ones((1, 4, 5, 2), "float32")
    >>> offsets = np.zeros((1, 4, 5, 18), "float32")
    >>> mask = np.ones((1, 4, 5, 9), "float32")
    >>> kernel = np.ones((3, 3, 2, 1), "float32")
    >>> output = deformable_conv2d(inputs, offsets, mask, kernel)
    >>> float(output[0, 0, 0, 0]), float(output[0, 1, 1, 0])
    (8.0, 18.0)

    Source: Deformable ConvNets v2 (arXiv:1811.11168) equation 1; channel
    order and border rule of `modulated_deform_conv2d` of mmcv, which are
    those of ONNX's `DeformConv` too.
    """
    inputs = ops.convert_to_tensor(inputs)
    offsets = ops.convert_to_tensor(offsets)
    kernel = ops.convert_to_tensor(kernel)
    _check_channels(inputs, offsets, mask, kernel, groups, offset_groups)
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    precise = keras.backend.result_type(dtype, "float32")
    kernel_h, kernel_w = kernel.shape[:2]
    stride_y, stride_x = _pair(strides, "strides")
    pad_y, pad_x = _pair(padding, "padding", minimum=0)
    step_y, step_x = _pair(dilation_rate, "dilation_rate")
    out_h, out_w = ops.shape(offsets)[1:3]
    by_tap = (-1, out_h, out_w, offset_groups, kernel_h * kernel_w)
    offsets = ops.cast(ops.reshape(offsets, (*by_tap, 2)), precise)
    if mask is not None:
        mask = ops.cast(ops.reshape(mask, by_tap), precise)
    y = _window_starts(out_h, stride_y, pad_y, precise)[:, None, None]
    x = _window_starts(out_w, stride_x, pad_x, precise)[None, :, None]

    bordered = ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)))
    total = 0.0
    for tap in range(kernel_h * kernel_w):
        row, column = divmod(tap, kernel_w)
        samples = _bilinear_samples(
            bordered,
            y + float(row * step_y) + offsets[..., tap, 0],
            x + float(column * step_x) + offsets[..., tap, 1],
            None if mask is None else mask[..., tap],
        )
        product = _grouped_product(samples, kernel[row, column], groups)
        total = total + ops.cast(product, precise)
    if bias is not None:
        total = total + ops.cast(bias, precise)
    return ops.cast(total, dtype)


def _window_starts(count, stride, padding, dtype):
    starts = ops.arange(count, dtype="int32") * stride - padding
    return ops.cast(starts, dtype)


def _bilinear_samples(bordered, y, x, mask):
    """Reads an image at fractional positions, zero outside.

    Args:
        bordered: `(B, H + 2, W + 2, C)`, an image inside a border of zeros.
        y: `(B, H', W', G)` positions, pixels of the image without border.
        x: The same for the other axis.
        mask: `(B, H', W', G)` factors, or `None`.

    Returns:
        `(B, H', W', C)`.
    """
    batch, height, width = ops.shape(bordered)[:3]
    channels = bordered.shape[-1]
    inside = ops.logical_and(
        _between(y, -1, height - 2), _between(x, -1, width - 2)
    )
    # At (-1, -1) everything is border: zero, without a gradient, and no index
    # leaves the image, not even for positions that are infinite or NaN.
    y = ops.where(inside, y, -1.0)
    x = ops.where(inside, x, -1.0)
    top, left = ops.floor(y), ops.floor(x)
    below, right = y - top, x - left
    if mask is None:
        mask = ops.ones_like(y)

    # One row of `table` holds the channels of one offset group at one pixel.
    out_h, out_w, groups = ops.shape(y)[1:]
    table = ops.reshape(bordered, (-1, channels // groups))
    image = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1, 1))
    pixel = (image * height + ops.cast(top, "int32") + 1) * width
    pixel = pixel + ops.cast(left, "int32") + 1
    first = pixel * groups + ops.arange(groups, dtype="int32")
    total = 0.0
    for neighbour, weight in (
        (0, (1.0 - below) * (1.0 - right)),
        (1, (1.0 - below) * right),
        (width, below * (1.0 - right)),
        (width + 1, below * right),
    ):
        weight = ops.cast(weight * mask, bordered.dtype)[..., None]
        values = ops.take(table, first + neighbour * groups, axis=0)
        total = total + values * weight
    return ops.reshape(total, (-1, out_h, out_w, channels))


def _between(position, low, high):
    high = ops.cast(high, position.dtype)
    return ops.logical_and(position > low, position < high)


def _grouped_product(samples, kernel, groups):
    """`(B, H', W', C)` times `(C / groups, filters)`, group by group."""
    if groups == 1:
        return ops.matmul(samples, kernel)
    batch, height, width, channels = ops.shape(samples)
    filters = kernel.shape[-1]
    samples = ops.reshape(
        samples, (-1, height, width, groups, channels // groups)
    )
    kernel = ops.reshape(
        kernel, (channels // groups, groups, filters // groups)
    )
    product = ops.einsum("bhwgc,cgf->bhwgf", samples, kernel)
    return ops.reshape(product, (-1, height, width, filters))


def _check_channels(inputs, offsets, mask, kernel, groups, offset_groups):
    if len(inputs.shape) != 4 or len(kernel.shape) != 4:
        raise ValueError(
            "Expected inputs (B, H, W, C) and a kernel (kh, kw, C / groups, "
            f"filters). Received shapes {tuple(inputs.shape)} and "
            f"{tuple(kernel.shape)}"
        )
    kernel_h, kernel_w, depth, filters = kernel.shape
    channels = inputs.shape[-1]
    if depth * groups != channels or filters % groups:
        raise ValueError(
            f"Expected a kernel of shape (kh, kw, {channels} / {groups}, "
            f"a multiple of {groups}) for inputs with {channels} channels "
            f"and groups={groups}. Received shape {tuple(kernel.shape)}"
        )
    if channels % offset_groups:
        raise ValueError(
            "Expected offset_groups to divide the input channels. Received: "
            f"offset_groups={offset_groups} and {channels} channels"
        )
    factors = offset_groups * kernel_h * kernel_w
    _check_last_axis("offsets", offsets, 2 * factors)
    if mask is not None:
        _check_last_axis("mask", mask, factors)


def _check_last_axis(name, tensor, size):
    if len(tensor.shape) != 4 or tensor.shape[-1] != size:
        raise ValueError(
            f"Expected {name} of shape (B, H', W', {size}). "
            f"Received shape {tuple(tensor.shape)}"
        )


def _pair(value, name, minimum=1):
    """A size along y and x from one integer or two."""
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or any(
        not isinstance(v, int) or v < minimum for v in pair
    ):
        raise ValueError(
            f"Expected {name} to be an integer of at least {minimum}, or two "
            f"of them. Received: {name}={value!r}"
        )
    return pair


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
        filters,
        kernel_size=3,
        strides=1,
        padding=1,
        dilation_rate=1,
        groups=1,
        offset_groups=1,
        use_bias=False,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = _positive(filters, "filters")
        self.kernel_size = _pair(kernel_size, "kernel_size")
        self.strides = _pair(strides, "strides")
        self.padding = _pair(padding, "padding", minimum=0)
        self.dilation_rate = _pair(dilation_rate, "dilation_rate")
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
        self.conv_offset = keras.layers.Conv2D(
            3 * self.offset_groups * self.kernel_size[0] * self.kernel_size[1],
            self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            kernel_initializer="zeros",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv_offset",
        )

    def build(self, input_shape):
        channels = input_shape[-1]
        for name in ("groups", "offset_groups"):
            if channels is None or channels % getattr(self, name):
                raise ValueError(
                    f"Expected {name} to divide the input channels. Received: "
                    f"{name}={getattr(self, name)}, input_shape={input_shape}"
                )
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

    def call(self, inputs):
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

    def compute_output_shape(self, input_shape):
        predicted_shape = self.conv_offset.compute_output_shape(
            self._padded_shape(input_shape)
        )
        return (*predicted_shape[:3], self.filters)

    def _padded_shape(self, input_shape):
        batch, height, width, channels = input_shape
        pad_y, pad_x = self.padding
        return (
            batch,
            None if height is None else height + 2 * pad_y,
            None if width is None else width + 2 * pad_x,
            channels,
        )

    def get_config(self):
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


def _positive(value, name):
    if not isinstance(value, int) or value < 1:
        raise ValueError(
            f"Expected {name} to be a positive integer. "
            f"Received: {name}={value!r}"
        )
    return value
