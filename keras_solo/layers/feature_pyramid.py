"""The feature pyramid: backbone features to maps that all sizes share."""

from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.initializers import ScaledRandom


@keras.saving.register_keras_serializable(package="keras_solo")
class FeaturePyramid(keras.layers.Layer):
    """Feature pyramid network with one subsampled level on top.

    A 1 x 1 convolution takes each backbone map to `filters` channels, the
    coarser map is enlarged (nearest) and added, and a 3 x 3 convolution
    follows; there is neither normalisation nor activation. Each extra level is
    every second position of the one below it.

    Args:
        filters: Channels of every level.
        num_extra_levels: Levels above the coarsest backbone map.

    Called with a dict of maps `{"P2": (B, H/4, W/4, C2), "P3": ..., ...}` of
    consecutive strides (`"Pn"` has stride 2**n); returns a dict with the same
    levels and the extra ones, each `(B, H/2**n, W/2**n, filters)`.

    Example:

    >>> import numpy as np
    >>> maps = {f"P{n}": np.zeros((1, 128 >> n, 128 >> n, n), "float32")
    ...         for n in (2, 3, 4, 5)}
    >>> pyramid = FeaturePyramid(filters=16)(maps)
    >>> sorted(pyramid), tuple(pyramid["P6"].shape)
    (['P2', 'P3', 'P4', 'P5', 'P6'], (1, 2, 2, 16))

    Source: FPN (arXiv:1612.03144); `FPN(num_outs=5)` of MMDetection, whose
    P6 is `max_pool2d(P5, 1, stride=2)`.
    """

    def __init__(
        self, filters: int = 256, num_extra_levels: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.num_extra_levels = num_extra_levels

    def build(self, input_shape: dict[str, Shape]) -> None:
        self.levels = sorted(input_shape)
        numbers = [int(name[1:]) for name in self.levels]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise ValueError(
                'Expected features of consecutive levels, like "P2" to "P5". '
                f"Received: {self.levels}"
            )
        for name in self.levels:
            lateral = self._convolution(1, f"lateral_{name}")
            lateral.build(input_shape[name])
            setattr(self, f"lateral_{name}", lateral)
            output = self._convolution(3, f"output_{name}")
            output.build((*input_shape[name][:-1], self.filters))
            setattr(self, f"output_{name}", output)

    def _convolution(self, kernel_size: int, name: str) -> Conv2D:
        return Conv2D(
            self.filters,
            kernel_size,
            padding=kernel_size // 2,
            kernel_initializer=ScaledRandom(
                scale=1.0, mode="fan_avg", uniform=True
            ),
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        merged: dict[str, Tensor] = {}
        above: Tensor | None = None
        for name in reversed(self.levels):
            level = getattr(self, f"lateral_{name}")(inputs[name])
            if above is not None:
                level = level + _enlarge_to(above, level)
            merged[name] = above = level
        outputs = {
            name: getattr(self, f"output_{name}")(merged[name])
            for name in self.levels
        }
        top = self.levels[-1]
        for _ in range(self.num_extra_levels):
            below, top = top, f"P{int(top[1:]) + 1}"
            outputs[top] = outputs[below][:, ::2, ::2]
        return outputs

    def compute_output_shape(
        self, input_shape: dict[str, Shape]
    ) -> dict[str, Shape]:
        levels = sorted(input_shape)
        shapes: dict[str, Shape] = {
            name: (*input_shape[name][:-1], self.filters) for name in levels
        }
        top = levels[-1]
        for _ in range(self.num_extra_levels):
            batch, *size, _ = shapes[top]
            top = f"P{int(top[1:]) + 1}"
            halves = [None if side is None else -(-side // 2) for side in size]
            shapes[top] = (batch, *halves, self.filters)
        return shapes

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "num_extra_levels": self.num_extra_levels,
            }
        )
        return config


def _enlarge_to(features: Tensor, like: Tensor) -> Tensor:
    """Nearest enlargement to a map of double size, or of one less."""
    _, height, width, _ = ops.shape(like)
    features = ops.repeat(ops.repeat(features, 2, axis=1), 2, axis=2)
    return features[:, :height, :width]
