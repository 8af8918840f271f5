"""ResNet as torchvision and MMDetection build it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import layers

from keras_solo._tensor import Tensor
from keras_solo.layers.deformable_convolution import DeformableConv2D
from keras_solo.layers.frozen_batch_normalization import (
    FrozenBatchNormalization,
)
from keras_solo.layers.initializers import ScaledRandom
from keras_solo.layers.pixel_normalization import PixelNormalization
from keras_solo.models.foreign_weights import load_resnet

DEPTHS: dict[int, tuple[str, tuple[int, ...]]] = {
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
}
EXPANSION = {"basic": 1, "bottleneck": 4}


@keras.saving.register_keras_serializable(package="keras_solo")
class ResNet(keras.Model):
    """ResNet or ResNeXt with features at strides 4, 8, 16 and 32.

    The "pytorch style": the stride of a bottleneck is in its 3 x 3
    convolution, padding is symmetric and explicit, and batch normalisation
    has epsilon 1e-5. (`keras.applications.ResNet50` differs in all three.)
    The ImageNet pixel statistics are in the graph.

    Args:
        depth: 18, 34, 50 or 101: sets `block` and `num_blocks`.
        block: `"basic"` or `"bottleneck"`, if there is no `depth`.
        num_blocks: Blocks of each stage, if there is no `depth`.
        filters: Channels of each stage; a bottleneck's result has 4 times as
            many.
        stem_filters: Channels of the first convolution.
        groups: Groups of the 3 x 3 convolutions (ResNeXt).
        group_width: Channels of a group where the stage has 64 (ResNeXt).
        norm: `"batch"` or `"group"`; both train from random weights.
        norm_frozen: Whether batch normalisation always uses its running
            statistics, also in training. Its scale and shift still learn.
        frozen_stages: The first stages that do not learn; with 1 or more the
            stem does not either.
        deformable_stages: Stages, counted from 1, whose 3 x 3 convolutions
            are deformable.

    Called with RGB images `(B, H, W, 3)`, 0 to 255; returns
    `{"P2": (B, H/4, W/4, C2), "P3": ..., "P4": ..., "P5": ...}`.

    Example:

    >>> import numpy as np
    >>> backbone = ResNet(block="basic", num_blocks=(1, 1), filters=(8, 16),
    ...                   stem_filters=8)
    >>> features = backbone(np.zeros((1, 64, 64, 3)))
    >>> tuple(features["P3"].shape)
    (1, 8, 8, 16)

    Source: ResNet (arXiv:1512.03385), ResNeXt (arXiv:1611.05431);
    `ResNet(style="pytorch")` of MMDetection 3.3.
    """

    def __init__(
        self,
        depth: int | None = None,
        block: str | None = None,
        num_blocks: Sequence[int] | None = None,
        filters: Sequence[int] = (64, 128, 256, 512),
        stem_filters: int = 64,
        groups: int = 1,
        group_width: int = 64,
        norm: str = "batch",
        norm_frozen: bool = False,
        frozen_stages: int = 0,
        deformable_stages: Sequence[int] = (),
        dtype: str | keras.DTypePolicy | None = None,
        name: str | None = None,
    ) -> None:
        block, num_blocks = _checked_blocks(depth, block, num_blocks)
        config: dict[str, Any] = {
            "depth": depth,
            "block": block,
            "num_blocks": num_blocks,
            "filters": tuple(filters),
            "stem_filters": stem_filters,
            "groups": groups,
            "group_width": group_width,
            "norm": norm,
            "norm_frozen": norm_frozen,
            "frozen_stages": frozen_stages,
            "deformable_stages": tuple(deformable_stages),
        }
        _check(**config)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        images = keras.Input((None, None, 3), name="images")
        features = _Builder(config, policy).features(images)
        super().__init__(inputs=images, outputs=features, name=name)
        self.dtype_policy = policy  # a functional model ignores dtype=
        self._config = config
        for key, value in config.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, object]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            **self._config,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, object],
        custom_objects: Mapping[str, object] | None = None,
    ) -> Self:
        config = dict(config)
        dtype = config.pop("dtype", None)
        if isinstance(dtype, dict):
            dtype = keras.dtype_policies.deserialize(dtype)
        trainable = config.pop("trainable", True)
        model = cls(dtype=dtype, **config)  # type: ignore[arg-type]
        if not trainable:
            model.trainable = False
        return model

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Builds a backbone with torchvision's ImageNet weights.

        Args:
            preset: `"resnet18_imagenet"`, `"resnet34_imagenet"`,
                `"resnet50_imagenet"` or `"resnet101_imagenet"`, which are
                downloaded and verified; or a PyTorch file of a ResNet of
                torchvision, or of a model of MMDetection that has one.
            load_weights: Whether to load the weights, or only to build the
                architecture.
            **kwargs: Further arguments of the constructor, such as
                `norm_frozen` and `frozen_stages`.

        Returns:
            A `ResNet`.

        Raises:
            ValueError: If there is no such preset, or the file is damaged or
                holds another model.
            OSError: If the file cannot be had.

        Example:

        >>> backbone = ResNet.from_preset(
        ...     "resnet18_imagenet", load_weights=False, frozen_stages=1)
        >>> backbone.num_blocks
        (2, 2, 2, 2)
        """
        return load_resnet(cls, preset, load_weights, kwargs)


def _checked_blocks(
    depth: int | None, block: str | None, num_blocks: Sequence[int] | None
) -> tuple[str, tuple[int, ...]]:
    """The kind of the blocks, and how many each stage has."""
    if depth is not None:
        if depth not in DEPTHS:
            raise ValueError(
                f"Expected depth to be one of {sorted(DEPTHS)}. "
                f"Received: depth={depth}"
            )
        return DEPTHS[depth]
    if block not in EXPANSION or not num_blocks:
        raise ValueError(
            'Expected a depth, or block "basic" or "bottleneck" with '
            f"num_blocks. Received: depth={depth}, block={block!r}, "
            f"num_blocks={num_blocks}"
        )
    return block, tuple(num_blocks)


def _check(
    block: str,
    num_blocks: tuple[int, ...],
    filters: tuple[int, ...],
    groups: int,
    norm: str,
    **_: object,
) -> None:
    if norm not in ("batch", "group"):
        raise ValueError(
            f'Expected norm to be "batch" or "group". Received: {norm!r}'
        )
    if block == "basic" and groups != 1:
        raise ValueError(
            f"Basic blocks have no groups. Received: groups={groups}"
        )
    if len(filters) < len(num_blocks):
        raise ValueError(
            "Expected filters for each stage. Received: "
            f"filters={filters}, num_blocks={num_blocks}"
        )


class _Builder:
    """Adds the layers of a ResNet one after the other."""

    block: str
    num_blocks: tuple[int, ...]
    filters: tuple[int, ...]
    stem_filters: int
    groups: int
    group_width: int
    norm: str
    norm_frozen: bool
    frozen_stages: int
    deformable_stages: tuple[int, ...]

    def __init__(
        self, config: Mapping[str, object], dtype: keras.DTypePolicy
    ) -> None:
        self.__dict__.update(config)
        self.dtype = dtype
        self.frozen = self.frozen_stages > 0

    def features(self, images: keras.KerasTensor) -> dict[str, Tensor]:
        x = PixelNormalization(dtype=self.dtype, name="normalization")(images)
        x = self._conv(x, self.stem_filters, 7, 2, "conv1_conv")
        x = self._relu(self._norm(x, "conv1_bn"), "conv1_relu")
        # Zeros are as good as minus infinity: nothing is negative here.
        x = layers.ZeroPadding2D(1, dtype=self.dtype, name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, 2, dtype=self.dtype, name="pool1_pool")(x)
        outputs: dict[str, Tensor] = {}
        for stage, count in enumerate(self.num_blocks):
            self.frozen = stage < self.frozen_stages
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                x = self._block(x, stage, stride, f"stack{stage}_block{index}")
            outputs[f"P{stage + 2}"] = x
        return outputs

    def _block(self, x: Tensor, stage: int, stride: int, name: str) -> Tensor:
        filters = self.filters[stage]
        channels = filters * EXPANSION[self.block]
        shortcut = x
        if stride != 1 or x.shape[-1] != channels:
            shortcut = self._conv(x, channels, 1, stride, f"{name}_0_conv")
            shortcut = self._norm(shortcut, f"{name}_0_bn")
        deformable = stage + 1 in self.deformable_stages
        if self.block == "basic":
            steps = [(filters, 3, stride, 1, False), (filters, 3, 1, 1, False)]
        else:
            width = int(filters * self.group_width / 64) * self.groups
            steps = [
                (width, 1, 1, 1, False),
                (width, 3, stride, self.groups, deformable),
                (channels, 1, 1, 1, False),
            ]
        for index, step in enumerate(steps, start=1):
            x = self._conv(x, *step[:3], f"{name}_{index}_conv", *step[3:])
            x = self._norm(x, f"{name}_{index}_bn")
            if index < len(steps):
                x = self._relu(x, f"{name}_{index}_relu")
        x = layers.Add(dtype=self.dtype, name=f"{name}_add")([shortcut, x])
        return self._relu(x, f"{name}_out")

    def _conv(
        self,
        x: Tensor,
        filters: int,
        size: int,
        stride: int,
        name: str,
        groups: int = 1,
        deformable: bool = False,
    ) -> Tensor:
        common = {
            "use_bias": False,
            "kernel_initializer": ScaledRandom(scale=2.0, mode="fan_out"),
            "groups": groups,
            "dtype": self.dtype,
            "name": name,
        }
        if deformable:
            layer = DeformableConv2D(
                filters, size, strides=stride, padding=size // 2, **common
            )
        else:
            if stride > 1 and size > 1:
                x = layers.ZeroPadding2D(
                    size // 2, dtype=self.dtype, name=f"{name}_pad"
                )(x)
            padding = "same" if stride == 1 else "valid"
            layer = layers.Conv2D(
                filters, size, stride, padding, "channels_last", **common
            )
        layer.trainable = not self.frozen
        return layer(x)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        if self.norm == "group":
            layer = layers.GroupNormalization(
                math.gcd(32, x.shape[-1]),
                epsilon=1e-5,
                dtype=self.dtype,
                name=name,
            )
            layer.trainable = not self.frozen
            return layer(x)
        cls = layers.BatchNormalization
        if self.norm_frozen:
            cls = FrozenBatchNormalization
        layer = cls(momentum=0.9, epsilon=1e-5, dtype=self.dtype, name=name)
        layer.trainable = not self.frozen
        return layer(x)

    def _relu(self, x: Tensor, name: str) -> Tensor:
        return layers.Activation("relu", dtype=self.dtype, name=name)(x)
