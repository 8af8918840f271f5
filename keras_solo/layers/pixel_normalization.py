"""Pixel statistics as a part of the graph."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


@keras.saving.register_keras_serializable(package="keras_solo")
class PixelNormalization(keras.layers.Layer):
    """Subtracts a mean from each channel and divides by a deviation.

    Weights and the statistics that they were trained with never part, because
    this layer is in the same graph.

    Args:
        mean: For each channel, 0 to 255, in the order of the result.
        std: For each channel, 0 to 255, in the order of the result.
        reverse_channels: Whether RGB becomes BGR first.

    Input and output shape: `(B, H, W, 3)`; input RGB, 0 to 255.

    Example:

    >>> import numpy as np
    >>> layer = PixelNormalization(mean=(1, 2, 3), std=(1, 1, 2))
    >>> np.array(layer(np.full((1, 1, 1, 3), 5.0))).tolist()
    [[[[4.0, 3.0, 1.0]]]]
    """

    def __init__(
        self,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        reverse_channels: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mean = tuple(float(value) for value in mean)
        self.std = tuple(float(value) for value in std)
        self.reverse_channels = reverse_channels

    def call(self, inputs: Tensor) -> Tensor:
        pixels = ops.cast(inputs, "float32")
        if self.reverse_channels:
            pixels = ops.flip(pixels, axis=-1)
        mean = ops.convert_to_tensor(self.mean, "float32")
        std = ops.convert_to_tensor(self.std, "float32")
        return ops.cast((pixels - mean) / std, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "mean": self.mean,
                "std": self.std,
                "reverse_channels": self.reverse_channels,
            }
        )
        return config
