"""ResNet as torchvision and MMDetection build it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import keras

from keras_solo.models.foreign_weights import load_resnet
from keras_solo.models.resnet_wiring import EXPANSION, ResNetWiring
from keras_solo.models.wired_backbone import WiredBackbone

DEPTHS: dict[int, tuple[str, tuple[int, ...]]] = {
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
}


@keras.saving.register_keras_serializable(package="keras_solo")
class ResNet(WiredBackbone):
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
        super().__init__(ResNetWiring, config, dtype, name)

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
    if min(num_blocks) < 1:
        raise ValueError(
            f"Expected blocks in each stage. Received: num_blocks={num_blocks}"
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
