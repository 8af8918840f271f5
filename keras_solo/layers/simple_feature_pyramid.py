"""A pyramid from one map, for transformers that have a single stride."""

from __future__ import annotations

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor


def tokens_to_map(tokens: Tensor, size: tuple[int, int]) -> Tensor:
    """Lays the patches of a vision transformer out as a map.

    Args:
        tokens: `(B, T, D)`: class and register tokens first, if there are
            any, then the patches row by row.
        size: (height, width) in patches.

    Returns:
        Tensor `(B, *size, D)` of the same dtype, without what came first.

    Raises:
        ValueError: If there are fewer tokens than patches.
    """
    height, width = size
    count, channels = tokens.shape[1:]
    if count < height * width:
        raise ValueError(
            f"Expected at least {height * width} tokens for {height} x "
            f"{width} patches. Received: {count}"
        )
    patches = tokens[:, count - height * width :]
    return ops.reshape(patches, (-1, height, width, channels))


@keras.saving.register_keras_serializable(package="keras_solo")
class SimpleFeaturePyramid(keras.layers.Layer):
    """Maps of strides 4, 8, 16 and 32 from the one of stride 16.

    Two transposed convolutions (with layer normalisation and GELU between
    them) make the map four times as large, one makes it twice as large, and
    max pooling half as large. `FeaturePyramid` above brings all of them to
    one number of channels.

    Input shape: `(B, h, w, D)`, h and w even. Output: a dict of `"P2"`:
    `(B, 4 h, 4 w, D // 4)`, `"P3"`: `(B, 2 h, 2 w, D // 2)`, `"P4"`:
    `(B, h, w, D)` and `"P5"`: `(B, h / 2, w / 2, D)`.

    Example:

    >>> import numpy as np
    >>> maps = SimpleFeaturePyramid()(np.zeros((1, 2, 4, 8), "float32"))
    >>> [tuple(maps[name].shape) for name in ("P2", "P3", "P4", "P5")]
    [(1, 8, 16, 2), (1, 4, 8, 4), (1, 2, 4, 8), (1, 1, 2, 8)]

    Source: ViTDet (arXiv:2203.16527), section 3 and appendix A.1. It has no
    top-down path; `FeaturePyramid` has one.
    """

    def build(self, input_shape: Shape) -> None:
        channels = int(input_shape[-1] or 0)
        half, quarter = max(channels // 2, 1), max(channels // 4, 1)
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name="norm"
        )
        self.fourfold_1 = self._doubling(half, "fourfold_1")
        self.fourfold_2 = self._doubling(quarter, "fourfold_2")
        self.twofold = self._doubling(half, "twofold")
        self.fourfold_1.build(input_shape)
        self.norm.build((*input_shape[:-1], half))
        self.fourfold_2.build((*input_shape[:-1], half))
        self.twofold.build(input_shape)

    def _doubling(
        self, filters: int, name: str
    ) -> keras.layers.Conv2DTranspose:
        return keras.layers.Conv2DTranspose(
            filters,
            2,
            2,
            data_format="channels_last",
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, inputs: Tensor) -> dict[str, Tensor]:
        doubled = ops.gelu(self.norm(self.fourfold_1(inputs)))
        return {
            "P2": self.fourfold_2(doubled),
            "P3": self.twofold(inputs),
            "P4": inputs,
            "P5": ops.max_pool(inputs, 2, 2, data_format="channels_last"),
        }

    def compute_output_shape(self, input_shape: Shape) -> dict[str, Shape]:
        batch, height, width, _ = input_shape
        channels = int(input_shape[-1] or 0)
        half, quarter = max(channels // 2, 1), max(channels // 4, 1)
        shapes: dict[str, Shape] = {}
        for name, scale, filters in (
            ("P2", 4.0, quarter),
            ("P3", 2.0, half),
            ("P4", 1.0, channels),
            ("P5", 0.5, channels),
        ):
            sides = [side and int(side * scale) for side in (height, width)]
            shapes[name] = (batch, *sides, filters)
        return shapes
