"""How the layers of an EfficientNet-Lite follow one another."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import keras
from keras import layers

from keras_solo._tensor import Tensor
from keras_solo.layers.batch_normalization import BatchNormalization
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.frozen_batch_normalization import (
    FrozenBatchNormalization,
)
from keras_solo.layers.initializers import ScaledRandom
from keras_solo.layers.pixel_normalization import PixelNormalization
from keras_solo.models.backbone_wiring import BackboneWiring

# How many times as wide and as deep as Lite 0.
SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}
STEM_FILTERS = 32
HALF_RANGE = (127.5,) * 3


class Block(NamedTuple):
    """An inverted residual: wider, depthwise, narrower.

    Attributes:
        filters: Channels of the result.
        size: Of the depthwise kernel.
        stride: Of the depthwise convolution.
        expansion: How many times its input's channels it has inside.
    """

    filters: int
    size: int
    stride: int
    expansion: int


# By stages, each of which ends with a level of the pyramid: the first block
# of several, and how many.
STAGES: tuple[tuple[tuple[Block, int], ...], ...] = (
    ((Block(16, 3, 1, 1), 1), (Block(24, 3, 2, 6), 2)),
    ((Block(40, 5, 2, 6), 2),),
    ((Block(80, 3, 2, 6), 3), (Block(112, 5, 1, 6), 3)),
    ((Block(192, 5, 2, 6), 4), (Block(320, 3, 1, 6), 1)),
)
# Blocks that no variant repeats, by their filters.
NEVER_DEEPER = (16, 320)


def blocks_of(variant: int) -> list[list[Block]]:
    """The blocks of each stage.

    Example:

    >>> [len(stage) for stage in blocks_of(0)]
    [3, 2, 6, 5]
    """
    width, depth = SCALES[variant]
    stages = []
    for groups in STAGES:
        blocks = []
        for first, count in groups:
            if first.filters not in NEVER_DEEPER:
                count = math.ceil(depth * count)
            first = first._replace(filters=_scaled(first.filters, width))
            blocks += [first] + [first._replace(stride=1)] * (count - 1)
        stages.append(blocks)
    return stages


def _scaled(filters: int, width: float) -> int:
    """The multiple of 8 that is nearest, unless it is much less."""
    rounded = max(8, int(filters * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters * width else rounded


class EfficientNetLiteWiring(BackboneWiring):
    """The layers of an `EfficientNetLite`."""

    variant: int
    norm_momentum: float

    @functools.cached_property
    def blocks(self) -> list[list[Block]]:
        return blocks_of(self.variant)

    @property
    def num_blocks(self) -> tuple[int, ...]:  # type: ignore[override]
        return tuple(len(stage) for stage in self.blocks)

    def _stem(self, images: Tensor, training: bool | None) -> Tensor:
        normalization = self._layer(
            "normalization",
            functools.partial(
                PixelNormalization, mean=HALF_RANGE, std=HALF_RANGE
            ),
        )
        x = normalization(images)
        conv = functools.partial(_convolution, STEM_FILTERS, 3, 2)
        x = self._normalized(x, "stem", 0, training, conv, self._norm)
        return self._relu(x, "stem_relu", to_six=True)

    def _block(
        self, x: Tensor, stage: int, index: int, training: bool | None
    ) -> Tensor:
        filters, size, stride, expansion = self.blocks[stage][index]
        name, shortcut = f"stack{stage}_block{index}", x
        inside = x.shape[-1] * expansion
        steps = {
            "expand": functools.partial(_convolution, inside),
            "depthwise": functools.partial(_depthwise, inside, size, stride),
            "project": functools.partial(_convolution, filters),
        }
        if expansion == 1:
            del steps["expand"]
        for step, conv in steps.items():
            step = f"{name}_{step}"
            x = self._normalized(x, step, stage, training, conv, self._norm)
            if not step.endswith("project"):
                x = self._relu(x, f"{step}_relu", to_six=True)
        if stride != 1 or shortcut.shape[-1] != filters:
            return x
        return self._layer(f"{name}_add", layers.Add)([shortcut, x])

    def _norm(self, dtype: keras.DTypePolicy, name: str) -> layers.Layer:
        frozen = self.norm_frozen
        kind = FrozenBatchNormalization if frozen else BatchNormalization
        return kind(
            momentum=self.norm_momentum, epsilon=1e-3, dtype=dtype, name=name
        )


def _convolution(
    filters: int,
    size: int = 1,
    stride: int = 1,
    *,
    dtype: keras.DTypePolicy,
    name: str,
) -> Conv2D:
    return Conv2D(
        filters,
        size,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer=ScaledRandom(scale=2.0, mode="fan_out"),
        dtype=dtype,
        name=name,
    )


def _depthwise(
    channels: int,
    size: int,
    stride: int,
    *,
    dtype: keras.DTypePolicy,
    name: str,
) -> Conv2D:
    return Conv2D(
        channels,
        size,
        strides=stride,
        padding="same",
        groups=channels,
        use_bias=False,
        kernel_initializer=ScaledRandom(scale=2.0, mode="fan_in"),
        dtype=dtype,
        name=name,
    )
