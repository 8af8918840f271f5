"""The head: for every cell of every grid, a category and a mask kernel."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor
from keras_solo.geometry.levels import Levels, level_number
from keras_solo.layers.conv_block import ConvBlock, convolution
from keras_solo.layers.coordinates import CoordConcat, coord_concat
from keras_solo.layers.initializers import (
    InitializerLike,
    ScaledRandom,
    fresh,
)
from keras_solo.layers.resize import resize_bilinear, scale_bilinear


@keras.saving.register_keras_serializable(package="keras_solo")
class SOLOv2Head(keras.layers.Layer):
    """Predicts category logits and mask kernels for every grid cell.

    Each level gets coordinates, is resized to its S x S grid, and passes two
    towers of convolutions that all levels share: the kernel tower sees the
    coordinates, the category tower does not. Before that P2 is halved and P6
    is enlarged to the size of P5.

    Args:
        num_classes: C, without a background class.
        filters: Channels of the towers: 512, or 256 for the light head.
        num_convs: Convolutions of each tower: 4, or 2 for the light head.
        kernel_filters: E, the channels of a mask kernel, as many as the mask
            features have: 256, or 128 for the light head.
        grid_sizes: S of each level, finest first.
        level_names: The pyramid level that each grid reads.
        groups: Groups of the group normalisation.
        deformable: `None`, `"last"` or `"all"`: which convolutions of each
            tower are deformable.
        prior_probability: Mean category probability of an untrained head.
        kernel_initializer: Of the convolutions of the towers; normal numbers
            of deviation 0.01 by default.
        quality: Whether to predict, too, how good the mask of each cell is:
            its IoU with the object, by one more channel above the kernel
            tower. See `losses.quality_entropy`.

    Called with a dict of maps `{"P2": (B, H/4, W/4, F), ...}`. Returns
    `{"category_logits": (B, G, C), "kernels": (B, G, E)}` with the cells of
    all grids flattened row by row, finest level first; with `quality` also
    `"quality_logits"` `(B, G)`.

    Example:

    >>> import numpy as np
    >>> maps = {f"P{n}": np.zeros((1, 128 >> n, 128 >> n, 8), "float32")
    ...         for n in (2, 3)}
    >>> head = SOLOv2Head(3, filters=32, num_convs=1, kernel_filters=16,
    ...                   grid_sizes=(8, 4), level_names=("P2", "P3"))
    >>> outputs = head(maps)
    >>> tuple(outputs["category_logits"].shape), outputs["kernels"].shape[-1]
    ((1, 80, 3), 16)

    Source: SOLOv2 (arXiv:2003.10152) section 3.2; `SOLOV2Head` of
    MMDetection 3.3.
    """

    def __init__(
        self,
        num_classes: int,
        filters: int = 512,
        num_convs: int = 4,
        kernel_filters: int = 256,
        grid_sizes: Sequence[int] = (40, 36, 24, 16, 12),
        level_names: Sequence[str] = ("P2", "P3", "P4", "P5", "P6"),
        groups: int = 32,
        deformable: str | None = None,
        prior_probability: float = 0.01,
        kernel_initializer: InitializerLike | None = None,
        quality: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.filters = filters
        self.num_convs = num_convs
        self.kernel_filters = kernel_filters
        self.grid_sizes = tuple(grid_sizes)
        self.level_names = tuple(level_names)
        self.groups = groups
        self.deformable = deformable
        self.prior_probability = prior_probability
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or ScaledRandom(stddev=0.01)
        )
        self.quality: bool = bool(quality)
        self._check_arguments()
        for tower in ("category", "kernel"):
            for index in range(num_convs):
                name = f"{tower}_{index}"
                setattr(self, name, self._block(index, name))
        self.category_output = self._output(num_classes, "category_output")
        self.kernel_output = self._output(kernel_filters, "kernel_output")
        if self.quality:
            self.quality_output = self._output(1, "quality_output")

    def _check_arguments(self) -> None:
        if self.deformable not in (None, "last", "all"):
            raise ValueError(
                'Expected deformable to be None, "last" or "all". '
                f"Received: {self.deformable!r}"
            )
        if self.num_classes < 1:
            raise ValueError(
                "Expected at least one class (there is no background class). "
                f"Received: num_classes={self.num_classes}"
            )
        if len(self.grid_sizes) != len(self.level_names):
            raise ValueError(
                "Expected one grid size a level. Received: grid_sizes="
                f"{self.grid_sizes}, level_names={self.level_names}"
            )

    def _block(self, index: int, name: str) -> ConvBlock:
        last = index == self.num_convs - 1
        return ConvBlock(
            self.filters,
            groups=self.groups,
            deformable=self.deformable == "all"
            or (self.deformable == "last" and last),
            kernel_initializer=fresh(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )

    def _output(self, filters: int, name: str) -> keras.layers.Layer:
        bias = 0.0
        if name == "category_output":
            bias = -math.log(1.0 / self.prior_probability - 1.0)
        return convolution(
            filters,
            3,
            kernel_initializer=ScaledRandom(stddev=0.01),
            bias_initializer=keras.initializers.Constant(bias),
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape: dict[str, Shape]) -> None:
        missing = [name for name in self.level_names if name not in input_shape]
        if "P6" in self.level_names and "P5" not in input_shape:
            missing.append("P5")
        if missing:
            raise ValueError(
                f"Expected features of levels {self.level_names}. "
                f"Received: {sorted(input_shape)} (missing: {missing})"
            )
        seen = input_shape[self.level_names[0]]
        placed = CoordConcat().compute_output_shape(seen)
        for tower, inputs in (("category", seen), ("kernel", placed)):
            shape = (None, None, None, inputs[-1])
            for index in range(self.num_convs):
                block = getattr(self, f"{tower}_{index}")
                block.build(shape)
                shape = block.compute_output_shape(shape)
            for output in self._outputs(tower):
                output.build(shape)

    def call(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        grids = []
        for name, size in zip(self.level_names, self.grid_sizes, strict=True):
            level = coord_concat(resize_level(inputs, name))
            grids.append(resize_bilinear(level, (size, size)))
        categories = [grid[..., :-2] for grid in grids]
        (logits,) = self._tower("category", categories)
        kernels, *quality = self._tower("kernel", grids)
        found = {"category_logits": logits, "kernels": kernels}
        if quality:
            found["quality_logits"] = quality[0][..., 0]
        return found

    def _tower(self, tower: str, grids: list[Tensor]) -> list[Tensor]:
        """Its outputs; grids, which share the weights, have cells in a row."""
        for index in range(self.num_convs):
            grids = getattr(self, f"{tower}_{index}").call_all(grids)
        return [
            ops.concatenate([_cells(g) for g in layer.call_all(grids)], axis=1)
            for layer in self._outputs(tower)
        ]

    def _outputs(self, tower: str) -> list[keras.layers.Layer]:
        outputs = [getattr(self, f"{tower}_output")]
        if tower == "kernel" and self.quality:
            outputs.append(self.quality_output)
        return outputs

    def compute_output_shape(
        self, input_shape: dict[str, Shape]
    ) -> dict[str, Shape]:
        batch = input_shape[self.level_names[0]][0]
        cells = sum(size * size for size in self.grid_sizes)
        shapes: dict[str, Shape] = {
            "category_logits": (batch, cells, self.num_classes),
            "kernels": (batch, cells, self.kernel_filters),
        }
        if self.quality:
            shapes["quality_logits"] = (batch, cells)
        return shapes

    @classmethod
    def for_levels(
        cls, num_classes: int, levels: Levels, **kwargs: Any
    ) -> "SOLOv2Head":
        """A head whose grids are those of a `geometry.Levels`."""
        return cls(
            num_classes,
            grid_sizes=levels.grid_sizes,
            level_names=levels.names,
            **kwargs,
        )

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "num_classes": self.num_classes,
                "filters": self.filters,
                "num_convs": self.num_convs,
                "kernel_filters": self.kernel_filters,
                "grid_sizes": self.grid_sizes,
                "level_names": self.level_names,
                "groups": self.groups,
                "deformable": self.deformable,
                "prior_probability": self.prior_probability,
                "kernel_initializer": keras.initializers.serialize(
                    self.kernel_initializer
                ),
                "quality": self.quality,
            }
        )
        return config


def resize_level(features: dict[str, Tensor], name: str) -> Tensor:
    """The map that a grid reads: P2 halved, P6 as large as P5, others as is."""
    if level_number(name) == 2:
        return scale_bilinear(features[name], 0.5)
    if level_number(name) >= 6:
        _, height, width, _ = ops.shape(features["P5"])
        return resize_bilinear(features[name], (height, width))
    return features[name]


def _cells(grid: Tensor) -> Tensor:
    _, rows, columns, channels = grid.shape
    return ops.reshape(grid, (-1, rows * columns, channels))
