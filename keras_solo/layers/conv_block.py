"""Convolution, normalisation, ReLU: what the heads are made of."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_solo._backend.rectifier import rectify
from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.deformable_convolution import DeformableConv2D
from keras_solo.layers.group_normalization import GroupNormalization
from keras_solo.layers.initializers import (
    InitializerLike,
    ScaledRandom,
    fresh,
)


@keras.saving.register_keras_serializable(package="keras_solo")
class ConvBlock(keras.layers.Layer):
    """A convolution without bias, group normalisation and ReLU.

    Args:
        filters: Channels of the result.
        kernel_size: 1 or 3; padded so that the size stays.
        groups: Groups of the normalisation; divides `filters`.
        deformable: Whether the convolution is a `DeformableConv2D`.
        kernel_initializer: Of the convolution; He's normal by default.

    Input shape: `(B, H, W, C)`. Output shape: `(B, H, W, filters)`.

    Example:

    >>> import numpy as np
    >>> block = ConvBlock(8, groups=4)
    >>> tuple(block(np.zeros((1, 5, 6, 3), "float32")).shape)
    (1, 5, 6, 8)

    Source: `ConvModule(norm_cfg=dict(type="GN", num_groups=32))` of
    MMDetection; epsilon is 1e-5.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        groups: int = 32,
        deformable: bool = False,
        kernel_initializer: InitializerLike | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if groups < 1 or filters % groups:
            raise ValueError(
                "Expected groups to divide filters. "
                f"Received: groups={groups}, filters={filters}"
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.groups = groups
        self.deformable = deformable
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or ScaledRandom(scale=2.0, mode="fan_in")
        )
        self.conv = convolution(
            filters,
            kernel_size,
            deformable=deformable,
            kernel_initializer=fresh(self.kernel_initializer),
            use_bias=False,
            dtype=self.dtype_policy,
            name="conv",
        )
        self.norm = GroupNormalization(
            groups, epsilon=1e-5, dtype=self.dtype_policy, name="norm"
        )

    def build(self, input_shape: Shape) -> None:
        self.conv.build(input_shape)
        self.norm.build((*input_shape[:-1], self.filters))

    def call(self, inputs: Tensor) -> Tensor:
        return rectify(self.norm(self.conv(inputs)))

    def call_all(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The same for maps of several sizes, together where that is less."""
        if not isinstance(self.conv, Conv2D):
            return [self(features) for features in maps]
        outputs = self.conv.call_all(maps)
        return [rectify(self.norm(features)) for features in outputs]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "groups": self.groups,
                "deformable": self.deformable,
                "kernel_initializer": keras.initializers.serialize(
                    self.kernel_initializer
                ),
            }
        )
        return config


def convolution(
    filters: int, kernel_size: int, deformable: bool = False, **kwargs: Any
) -> keras.layers.Layer:
    """A size-keeping convolution layer, ordinary or deformable."""
    kind = DeformableConv2D if deformable else Conv2D
    return kind(filters, kernel_size, padding=kernel_size // 2, **kwargs)
