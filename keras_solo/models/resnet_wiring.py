"""How the layers of a ResNet follow one another."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import keras
from keras import layers

from keras_solo._tensor import Tensor
from keras_solo.layers.batch_normalization import BatchNormalization
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.deformable_convolution import DeformableConv2D
from keras_solo.layers.frozen_batch_normalization import (
    FrozenBatchNormalization,
)
from keras_solo.layers.group_normalization import GroupNormalization
from keras_solo.layers.initializers import ScaledRandom
from keras_solo.layers.pixel_normalization import PixelNormalization
from keras_solo.models.backbone_wiring import BackboneWiring

EXPANSION = {"basic": 1, "bottleneck": 4}


class Step(NamedTuple):
    """A convolution and what follows it."""

    filters: int
    size: int
    stride: int = 1
    groups: int = 1
    deformable: bool = False


class ResNetWiring(BackboneWiring):
    """The layers of a `ResNet`."""

    block: str
    filters: tuple[int, ...]
    stem_filters: int
    groups: int
    group_width: int
    norm: str
    deformable_stages: tuple[int, ...]

    def _stem(self, images: Tensor, training: bool | None) -> Tensor:
        normalization = self._layer("normalization", PixelNormalization)
        x = normalization(images)
        x = self._step(x, Step(self.stem_filters, 7, 2), "conv1", 0, training)
        x = self._relu(x, "conv1_relu")
        # Zeros are as good as minus infinity: nothing is negative here.
        x = self._layer("pool1_pad", lambda **k: layers.ZeroPadding2D(1, **k))(
            x
        )
        return self._layer(
            "pool1_pool", lambda **k: layers.MaxPooling2D(3, 2, **k)
        )(x)

    def _block(
        self, x: Tensor, stage: int, index: int, training: bool | None
    ) -> Tensor:
        name = f"stack{stage}_block{index}"
        stride = 2 if stage > 0 and index == 0 else 1
        channels = self.filters[stage] * EXPANSION[self.block]
        shortcut = x
        if stride != 1 or x.shape[-1] != channels:
            step = Step(channels, 1, stride)
            shortcut = self._step(x, step, f"{name}_0", stage, training)
        steps = self._steps(stage, stride)
        for number, step in enumerate(steps, start=1):
            x = self._step(x, step, f"{name}_{number}", stage, training)
            if number < len(steps):
                x = self._relu(x, f"{name}_{number}_relu")
        return self._relu(x, f"{name}_out", f"{name}_add", shortcut)

    def _steps(self, stage: int, stride: int) -> list[Step]:
        filters = self.filters[stage]
        if self.block == "basic":
            return [Step(filters, 3, stride), Step(filters, 3)]
        width = int(filters * self.group_width / 64) * self.groups
        deformable = stage + 1 in self.deformable_stages
        return [
            Step(width, 1),
            Step(width, 3, stride, self.groups, deformable),
            Step(filters * EXPANSION[self.block], 1),
        ]

    def _step(
        self,
        x: Tensor,
        step: Step,
        name: str,
        stage: int,
        training: bool | None,
    ) -> Tensor:
        """A convolution and its normalisation."""
        conv = functools.partial(_convolution, step)
        norm = functools.partial(self._norm, step.filters)
        return self._normalized(x, name, stage, training, conv, norm)

    def _norm(
        self, channels: int, dtype: keras.DTypePolicy, name: str
    ) -> layers.Layer:
        if self.norm == "group":
            groups = math.gcd(32, channels)
            return GroupNormalization(
                groups, epsilon=1e-5, dtype=dtype, name=name
            )
        frozen = self.norm_frozen
        kind = FrozenBatchNormalization if frozen else BatchNormalization
        return kind(momentum=0.9, epsilon=1e-5, dtype=dtype, name=name)


def _convolution(
    step: Step, dtype: keras.DTypePolicy, name: str
) -> Conv2D | DeformableConv2D:
    kind = DeformableConv2D if step.deformable else Conv2D
    return kind(
        step.filters,
        step.size,
        strides=step.stride,
        padding=step.size // 2,
        groups=step.groups,
        use_bias=False,
        kernel_initializer=ScaledRandom(scale=2.0, mode="fan_out"),
        dtype=dtype,
        name=name,
    )
