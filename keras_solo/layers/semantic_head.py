"""The semantic head: classes of pixels, which the pyramid learns from."""

from __future__ import annotations

import math
from typing import Any

import keras

from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.conv_block import ConvBlock, convolution
from keras_solo.layers.initializers import ScaledRandom

LEVEL = "P3"


@keras.saving.register_keras_serializable(package="keras_solo")
class SemanticHead(keras.layers.Layer):
    """Predicts, for every pixel at stride 8, which classes are there.

    What it predicts is used by a loss alone, so that the features below learn
    what is an object everywhere, and not only in the cells at the middle of
    objects. `SOLOv2(semantic_head=...)` runs it when it trains and when it
    evaluates, never when it predicts.

    Args:
        num_classes: C, without a background class.
        filters: Channels of the convolutions.
        num_convs: 3 x 3 convolutions with group normalisation and ReLU, before
            the 1 x 1 convolution that gives the logits.
        groups: Groups of the group normalisation.
        prior_probability: Mean probability of an untrained head.

    Called with a dict of maps that has `"P3"` `(B, H/8, W/8, F)`; returns
    `(B, H/8, W/8, C)` logits.

    Example:

    >>> import numpy as np
    >>> maps = {"P3": np.zeros((1, 16, 16, 8), "float32")}
    >>> tuple(SemanticHead(3, filters=32)(maps).shape)
    (1, 16, 16, 3)

    Source: CondInst (arXiv:2003.05664), AdelaiDet's `mask_branch.py` (with
    batch normalisation there).
    """

    def __init__(
        self,
        num_classes: int,
        filters: int = 128,
        num_convs: int = 2,
        groups: int = 32,
        prior_probability: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.filters = filters
        self.num_convs = num_convs
        self.groups = groups
        self.prior_probability = prior_probability
        self._check_arguments()
        for index in range(num_convs):
            block = ConvBlock(
                filters,
                groups=groups,
                dtype=self.dtype_policy,
                name=f"conv_{index}",
            )
            setattr(self, f"conv_{index}", block)
        bias = -math.log(1.0 / prior_probability - 1.0)
        self.output_conv = convolution(
            num_classes,
            1,
            kernel_initializer=ScaledRandom(stddev=0.01),
            bias_initializer=keras.initializers.Constant(bias),
            dtype=self.dtype_policy,
            name="output_conv",
        )

    def _check_arguments(self) -> None:
        if self.num_classes < 1:
            raise ValueError(
                "Expected at least one class (there is no background class). "
                f"Received: num_classes={self.num_classes}"
            )
        if not 0 < self.prior_probability < 1:
            raise ValueError(
                "Expected prior_probability between 0 and 1. "
                f"Received: prior_probability={self.prior_probability}"
            )

    def build(self, input_shape: dict[str, Shape]) -> None:
        if LEVEL not in input_shape:
            raise ValueError(
                f"Expected features of level {LEVEL}. "
                f"Received: {sorted(input_shape)}"
            )
        shape = (None, None, None, input_shape[LEVEL][-1])
        for index in range(self.num_convs):
            block = getattr(self, f"conv_{index}")
            block.build(shape)
            shape = block.compute_output_shape(shape)
        self.output_conv.build(shape)

    def call(self, inputs: dict[str, Tensor]) -> Tensor:
        features = inputs[LEVEL]
        for index in range(self.num_convs):
            features = getattr(self, f"conv_{index}")(features)
        return self.output_conv(features)

    def compute_output_shape(self, input_shape: dict[str, Shape]) -> Shape:
        return (*input_shape[LEVEL][:-1], self.num_classes)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "num_classes": self.num_classes,
                "filters": self.filters,
                "num_convs": self.num_convs,
                "groups": self.groups,
                "prior_probability": self.prior_probability,
            }
        )
        return config
