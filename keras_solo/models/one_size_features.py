"""Features of a model that is built for images of one size: transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor
from keras_solo.geometry.size import Size
from keras_solo.layers.simple_feature_pyramid import (
    SimpleFeaturePyramid,
    tokens_to_map,
)

STRIDES = {4: "P2", 8: "P3", 16: "P4", 32: "P5"}
PATCH_STRIDE = 16


@keras.saving.register_keras_serializable(package="keras_solo")
class OneSizeFeatures(keras.layers.Layer):
    """Maps of strides 4, 8, 16 and 32 from a model for one image size.

    `feature_backbone` makes it. What the model is shows in what it has, in
    this order:

    - `pyramid_outputs`, a dict whose values have strides 4, 8, 16 and 32, as
      MiT has. Strides are measured, names are not looked at.
    - four `stages` of `blocks`, as Swin has: the tokens behind the last block
      of each, normalised. The last has the model's own `norm`, the others a
      new layer normalisation each, as in Swin's detectors.
    - `patch_size` and an output of tokens, as ViT and DINO have: the patches
      as a map, and a `SimpleFeaturePyramid` of it. Images are resized so that
      a patch takes 16 pixels of the canvas, whatever its size is.

    Its config has the whole model, which Keras loads as any other: only known
    classes, and no code.

    Args:
        model: A built functional model on images `(B, H, W, 3)`, H and W
            numbers.

    Input shape: `(B, *canvas_size, 3)`, pixels scaled as the model wants
    them. Output: a dict of `"P2"` to `"P5"`, `(B, H / stride, W / stride, C)`.

    Raises:
        ValueError: If the model is none of these, if a stride is missing, or
            if the number of patches is odd.

    Source: Swin (arXiv:2103.14030), SegFormer (arXiv:2105.15203), ViTDet
    (arXiv:2203.16527).
    """

    def __init__(self, model: keras.Model, **kwargs: Any) -> None:
        if not is_for_one_size(model):
            raise ValueError(
                "Expected a model for images of one size that has "
                "pyramid_outputs, stages of blocks, or a patch_size. "
                f"Received: {model!r}"
            )
        super().__init__(**{"dtype": model.dtype_policy, **kwargs})
        self.model = model
        self.canvas_size, self._image_size = _sizes(model)
        self._stages = dict(_stages(model))
        maps = _declared(model)
        wanted = maps or model.output
        if self._stages:
            wanted = self._stages["P2"].input
        self.extractor = keras.Model(model.inputs[0], wanted)
        self._has_maps = bool(maps)

    def build(self, input_shape: Shape) -> None:
        if self._stages:
            self.norms = []
            for name in ("P2", "P3", "P4"):
                norm = keras.layers.LayerNormalization(
                    epsilon=1e-5, dtype=self.dtype_policy, name=f"norm_{name}"
                )
                norm.build(self._stages[name].input.shape)
                self.norms.append(norm)
        elif not self._has_maps:
            self.pyramid = SimpleFeaturePyramid(
                dtype=self.dtype_policy, name="pyramid"
            )
            self.pyramid.build((None, None, None, self.model.output.shape[-1]))

    def call(self, inputs: Tensor) -> dict[str, Tensor]:
        if self._has_maps:
            return {**self.extractor(inputs)}
        if self._stages:
            return self._maps_of_stages(self.extractor(inputs))
        if self.canvas_size != self._image_size:
            inputs = ops.image.resize(
                inputs, self._image_size, data_format="channels_last"
            )
        rows, columns = _patches(self.model)
        # The static number of tokens is not asked: a graph of TensorFlow
        # loses it, and DINOv3 is wrong about images that are not square.
        patches = self.extractor(inputs)[:, -rows * columns :]
        shape = (-1, rows, columns, self.model.output.shape[-1])
        return {**self.pyramid(ops.reshape(patches, shape))}

    def _maps_of_stages(self, tokens: Tensor) -> dict[str, Tensor]:
        maps: dict[str, Tensor] = {}
        norms = [*self.norms, self.model.norm]
        for norm, (name, stage) in zip(
            norms, self._stages.items(), strict=True
        ):
            for block in stage.blocks:
                tokens = block(tokens)
            maps[name] = tokens_to_map(norm(tokens), stage.input_resolution)
            if stage.downsample is not None:
                height, width = stage.input_resolution
                tokens = stage.downsample(tokens, H=height, W=width)
        return maps

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        model = keras.saving.deserialize_keras_object(config["model"])
        layer: Self = super().from_config({**config, "model": model})
        return layer


def is_for_one_size(model: object) -> bool:
    """Whether features can be made of a model for images of one size."""
    if not isinstance(model, keras.Model) or len(model.inputs) != 1:
        return False
    shape = model.inputs[0].shape
    if len(shape) != 4 or shape[3] != 3 or None in shape[1:]:
        return False
    is_vit = hasattr(model, "patch_size") and len(model.output.shape) == 3
    return bool(_maps(model)) or _has_stages(model) or is_vit


def _maps(model: keras.Model) -> list[keras.KerasTensor]:
    """What a model declares as its features, if these are maps."""
    outputs = getattr(model, "pyramid_outputs", None)
    if not isinstance(outputs, dict):
        return []
    return [tensor for tensor in outputs.values() if len(tensor.shape) == 4]


def _has_stages(model: keras.Model) -> bool:
    stages = getattr(model, "stages", ())
    return bool(stages) and all(
        hasattr(stage, "blocks") and hasattr(stage, "input_resolution")
        for stage in stages
    )


def _declared(model: keras.Model) -> dict[str, keras.KerasTensor]:
    maps = _maps(model)
    return dict(_by_stride(model, [(x.shape[1:3], x) for x in maps]))


def _stages(model: keras.Model) -> dict[str, Any]:
    if _maps(model) or not _has_stages(model):
        return {}
    return _by_stride(model, [(x.input_resolution, x) for x in model.stages])


def _by_stride(
    model: keras.Model, found: list[tuple[Size, Any]]
) -> dict[str, Any]:
    """What has the size of each level; an error if one is missing."""
    height, width = model.inputs[0].shape[1:3]
    levels = {
        name: one
        for size, one in found
        for stride, name in STRIDES.items()
        if (size[0] * stride, size[1] * stride) == (height, width)
    }
    if found and sorted(levels) != sorted(STRIDES.values()):
        raise ValueError(
            "Expected a backbone with features at strides 4, 8, 16 and 32. "
            f"Received: {model.name!r} for images of {height} x {width}, with "
            f"features of {[tuple(size) for size, _ in found]}"
        )
    return {name: levels[name] for name in sorted(levels)}


def _sizes(model: keras.Model) -> tuple[Size, Size]:
    """(height, width) of the canvas, and of the images that it becomes."""
    height, width = model.inputs[0].shape[1:3]
    if _maps(model) or _has_stages(model):
        return (height, width), (height, width)
    rows, columns = _patches(model)
    if rows % 2 or columns % 2:
        raise ValueError(
            "Expected a backbone with an even number of patches, since they "
            f"have stride {PATCH_STRIDE} and the coarsest map has 32. "
            f"Received: {model.name!r} with {rows} x {columns} patches"
        )
    return (rows * PATCH_STRIDE, columns * PATCH_STRIDE), (height, width)


def _patches(model: keras.Model) -> Size:
    """Rows and columns of patches."""
    size: Any = model.patch_size
    sides = (size, size) if isinstance(size, int) else tuple(size)
    height, width = model.inputs[0].shape[1:3]
    return height // sides[0], width // sides[1]
