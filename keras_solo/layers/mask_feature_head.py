"""Mask features: one map, at stride 4 or 2, that all kernels convolve."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_solo._tensor import Shape, Tensor
from keras_solo.geometry.mask_stride import MASK_STRIDE, checked_mask_stride
from keras_solo.layers.conv_block import ConvBlock
from keras_solo.layers.coordinates import CoordConcat, coord_concat
from keras_solo.layers.resize import scale_bilinear


@keras.saving.register_keras_serializable(package="keras_solo")
class MaskFeatureHead(keras.layers.Layer):
    """Merges pyramid levels into mask features at stride 4.

    The finest level passes one convolution; the one at stride 4 * 2**i passes
    i, each followed by a bilinear doubling. The coarsest gets coordinates
    first. The sum of all passes a 1 x 1 convolution. Each convolution is
    followed by group normalisation and ReLU, the last one too.

    Args:
        filters: Channels inside the head.
        output_filters: E, channels of the mask features, as many as a kernel
            has: 256, or 128 for the light head.
        level_names: Consecutive pyramid levels, the first of stride 4.
        groups: Groups of the group normalisation.
        deformable: Whether the convolutions are deformable.
        stride: Of the mask features, canvas pixels: 4, or by choice 2. Then
            the sum is doubled once more and passes a 3 x 3 convolution:
            masks have four times the pixels, and their targets finer edges.
            Whatever works on masks takes four times the time and memory; the
            convolution itself is 147,456 weights at 128 filters, at a quarter
            of the canvas's pixels.

    Called with a dict of maps `{"P2": (B, H/4, W/4, F), ...}`; returns
    `(B, H/stride, W/stride, output_filters)`.

    Example:

    >>> import numpy as np
    >>> maps = {f"P{n}": np.zeros((1, 128 >> n, 128 >> n, 8), "float32")
    ...         for n in (2, 3, 4, 5)}
    >>> tuple(MaskFeatureHead(filters=32, output_filters=64)(maps).shape)
    (1, 32, 32, 64)

    Source: SOLOv2 (arXiv:2003.10152) section 3.2; `MaskFeatModule` of
    MMDetection 3.3.
    """

    def __init__(
        self,
        filters: int = 128,
        output_filters: int = 256,
        level_names: Sequence[str] = ("P2", "P3", "P4", "P5"),
        groups: int = 32,
        deformable: bool = False,
        stride: int = MASK_STRIDE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if list(level_names) != [f"P{i + 2}" for i in range(len(level_names))]:
            raise ValueError(
                'Expected consecutive levels from "P2". '
                f"Received: level_names={tuple(level_names)}"
            )
        self.filters = filters
        self.output_filters = output_filters
        self.level_names = tuple(level_names)
        self.groups = groups
        self.deformable = deformable
        self.stride: int = checked_mask_stride(stride)
        for index, name in enumerate(self.level_names):
            for step in range(max(index, 1)):
                setattr(self, f"{name}_{step}", self._block(f"{name}_{step}"))
        self.output_block = ConvBlock(
            output_filters,
            kernel_size=1,
            groups=groups,
            deformable=deformable,
            dtype=self.dtype_policy,
            name="output_block",
        )
        if self.stride < MASK_STRIDE:
            self.detail_block = self._block("detail_block")

    def _block(self, name: str) -> ConvBlock:
        return ConvBlock(
            self.filters,
            groups=self.groups,
            deformable=self.deformable,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape: dict[str, Shape]) -> None:
        missing = [name for name in self.level_names if name not in input_shape]
        if missing:
            raise ValueError(
                f"Expected features of levels {self.level_names}. "
                f"Received: {sorted(input_shape)} (missing: {missing})"
            )
        for index, name in enumerate(self.level_names):
            shape = input_shape[name]
            if self._has_coordinates(index):
                shape = CoordConcat().compute_output_shape(shape)
            for step in range(max(index, 1)):
                block = getattr(self, f"{name}_{step}")
                block.build((None, None, None, shape[-1]))
                shape = block.compute_output_shape(shape)
        self.output_block.build((None, None, None, self.filters))
        if self.stride < MASK_STRIDE:
            self.detail_block.build((None, None, None, self.filters))

    def _has_coordinates(self, index: int) -> bool:
        return index == len(self.level_names) - 1

    def call(self, inputs: dict[str, Tensor]) -> Tensor:
        total = None
        for index, name in enumerate(self.level_names):
            level = inputs[name]
            if self._has_coordinates(index):
                level = coord_concat(level)
            for step in range(max(index, 1)):
                level = getattr(self, f"{name}_{step}")(level)
                if index > 0:
                    level = scale_bilinear(level, 2)
            total = level if total is None else total + level
        if self.stride < MASK_STRIDE:
            total = self.detail_block(scale_bilinear(total, 2))
        return self.output_block(total)

    def compute_output_shape(self, input_shape: dict[str, Shape]) -> Shape:
        batch, *sides, _ = input_shape[self.level_names[0]]
        times = MASK_STRIDE // self.stride
        sides = [side and times * side for side in sides]
        return (batch, *sides, self.output_filters)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "output_filters": self.output_filters,
                "level_names": self.level_names,
                "groups": self.groups,
                "deformable": self.deformable,
                "stride": self.stride,
            }
        )
        return config
