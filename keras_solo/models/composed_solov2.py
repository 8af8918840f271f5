"""A SOLOv2 whose network somebody else wired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import keras

from keras_solo._tensor import Shape, Tensor
from keras_solo.geometry import Letterbox, Levels
from keras_solo.geometry.mask_stride import MASK_STRIDE, MASK_STRIDES
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.target_encoder import SOLOv2TargetEncoder
from keras_solo.models import parts
from keras_solo.models.checked_config import check_config
from keras_solo.models.classes import checked_classes
from keras_solo.models.parts import Config, at_stride
from keras_solo.models.solov2 import SOLOv2, as_places

OUTPUTS = ("category_logits", "kernels", "mask_features")
# What a network may have, besides.
QUALITY = "quality_logits"


@keras.saving.register_keras_serializable(package="keras_solo")
class ComposedSOLOv2(SOLOv2):
    """Trains, measures, predicts and saves a network that you wired yourself.

    `SOLOv2` takes a backbone and heads of yours. Where that is not enough,
    because the pyramid is another one or there is none, wire the whole network
    and hand it over: all that does not ask for parts works as with `SOLOv2`,
    `fit` and its losses, `segment`, `evaluation`, callbacks, run folders,
    presets, `.keras` files, exports.

    Args:
        network: A functional Keras model from RGB canvases `(B, H, W, 3)`, 0
            to 255, to a dict of `"category_logits"` `(B, G, C)`, `"kernels"`
            `(B, G, E)` and `"mask_features"` `(B, H/4, W/4, E)`, or `(B, H/2,
            W/2, E)`; by choice `"quality_logits"` `(B, G)`. G are the cells of
            all grids, row by row, finest level first. Layers of your own are
            registered (`keras.saving.register_keras_serializable`), or no
            file can be read.
        num_classes: C, without background. Not needed with `class_names`.
        class_names: Names of the labels 0 to C - 1.
        category_ids: The dataset's id of each label.
        preprocessor: `geometry.Letterbox` between images and canvases; 800 x
            1333, keep-ratio, by default.
        levels: `geometry.Levels`, whose grids are the network's; by default
            the reference's five, whose ranges follow the canvas.
        decoder: An `InstanceDecoder`, or its config.
        target_encoder: A `SOLOv2TargetEncoder`, or its config.
        dtype: The policy under which the network was built; Keras's current
            one by default. The layers keep the one that they have.

    There is no `backbone`, `feature_pyramid`, `head` or `mask_head`, and so
    no `remat`, `semantic_head`, `recipes.fine_tune`, `Distiller` or
    `to_mmdet`; and other classes need another network.

    Raises:
        ValueError: If the network's outputs are not of these classes, levels
            and canvases.

    Example:

    >>> import numpy as np
    >>> from keras_solo.layers import MaskFeatureHead, SOLOv2Head
    >>> from keras_solo.models import ResNet
    >>> levels = Levels.for_canvas((64, 64), (8, 4), ("P3", "P4"))
    >>> images = keras.Input((None, None, 3))
    >>> maps = {  # no pyramid at all
    ...     name: keras.layers.Conv2D(32, 1)(one)
    ...     for name, one in ResNet(18)(images).items()
    ... }
    >>> head = SOLOv2Head.for_levels(
    ...     2, levels, filters=32, num_convs=1, kernel_filters=32
    ... )
    >>> masks = MaskFeatureHead(filters=32, output_filters=32)
    >>> outputs = {**head(maps), "mask_features": masks(maps)}
    >>> model = ComposedSOLOv2(
    ...     keras.Model(images, outputs),
    ...     class_names=["cat", "dog"],
    ...     preprocessor=Letterbox((64, 64)),
    ...     levels=levels,
    ... )
    >>> model.segment(np.zeros((48, 80, 3), "uint8")).original_size
    (48, 80)
    """

    network: keras.Model

    def __init__(
        self,
        network: keras.Model,
        num_classes: int | None = None,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        preprocessor: Letterbox | Config | None = None,
        levels: Levels | Config | None = None,
        decoder: InstanceDecoder | Config | None = None,
        target_encoder: SOLOv2TargetEncoder | Config | None = None,
        *,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        classes = checked_classes(num_classes, class_names, category_ids)
        preprocessor, levels = as_places(preprocessor, levels)
        shapes = _output_shapes(network, preprocessor)
        stride = _mask_stride(shapes, preprocessor)
        preprocessor = at_stride(preprocessor, stride)
        levels = at_stride(levels, stride)
        _check_shapes(shapes, preprocessor, levels, classes.size)
        # Not that of SOLOv2, which wires a network of its parts.
        super(SOLOv2, self).__init__(
            **_wired(network, list(shapes)), name=name or "composed_solov2"
        )
        self.network = network
        self.dtype_policy = keras.dtype_policies.get(
            dtype or keras.config.dtype_policy()
        )
        self.num_classes, self.class_names, self.category_ids = classes
        self.preprocessor, self.levels = preprocessor, levels
        self._prepare_prediction(decoder)
        self.target_encoder = parts.as_target_encoder(target_encoder, levels)
        self.semantic_head = None
        self._prepare_training()
        if not trainable:
            self.trainable = False

    def predicts_quality(self) -> bool:
        return QUALITY in self.output

    def _check_remat(self, remat: bool) -> None:
        super()._check_remat(remat)
        if remat:
            raise ValueError(
                "Expected remat=False: of a network that was wired elsewhere "
                "nobody knows which parts to compute again."
            )

    # === Saving ===

    def get_config(self) -> dict[str, object]:
        levels: Config = {"levels": self.levels}
        layers = {
            "decoder": self.decoder,
            "target_encoder": self.target_encoder,
        }
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "network": keras.saving.serialize_keras_object(self.network),
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "category_ids": self.category_ids,
            "preprocessor": self.preprocessor.get_config(),
            "levels": self.levels.get_config(),
            **{
                key: parts.part_config(layer, levels, self.dtype_policy)
                for key, layer in layers.items()
            },
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, object],
        custom_objects: Mapping[str, object] | None = None,
    ) -> Self:
        arguments: dict[str, Any] = dict(config)
        with keras.saving.custom_object_scope(custom_objects or {}):
            check_config(arguments)
            for key in ("network", "dtype"):
                if isinstance(arguments.get(key), dict):
                    arguments[key] = keras.saving.deserialize_keras_object(
                        arguments[key]
                    )
            return cls(**arguments)


def _wired(network: keras.Model, names: list[str]) -> dict[str, Tensor]:
    """The inputs and outputs of a functional model of a network."""
    images = keras.Input(network.inputs[0].shape[1:], name="images")
    found = network(images)
    return {"inputs": images, "outputs": {name: found[name] for name in names}}


def _output_shapes(
    network: keras.Model, letterbox: Letterbox
) -> dict[str, Shape]:
    """Of one canvas, by the names of what a SOLOv2 reads."""
    outputs = getattr(network, "output", None)
    if not isinstance(outputs, dict) or not set(OUTPUTS) <= set(outputs):
        raise ValueError(
            "Expected a functional Keras model that returns a dict with "
            f"{', '.join(OUTPUTS)}. Received: {network!r:.200}, which returns "
            f"{sorted(outputs) if isinstance(outputs, dict) else outputs}"
        )
    parts.check_canvas(network, letterbox)
    canvas = (1, *letterbox.largest_canvas, 3)
    shapes = network.compute_output_shape(canvas)
    names = [name for name in (*OUTPUTS, QUALITY) if name in shapes]
    return {name: tuple(shapes[name]) for name in names}


def _mask_stride(shapes: Mapping[str, Shape], letterbox: Letterbox) -> int:
    """That of the mask features, or the usual one if they have another."""
    height, width = letterbox.largest_canvas
    sides = shapes["mask_features"][1:3]
    for stride in MASK_STRIDES:
        if sides == (height // stride, width // stride):
            return stride
    return MASK_STRIDE


def _check_shapes(
    shapes: Mapping[str, Shape],
    letterbox: Letterbox,
    levels: Levels,
    num_classes: int,
) -> None:
    height, width = letterbox.largest_canvas
    stride, cells = levels.mask_stride, levels.num_cells
    channels = shapes["mask_features"][-1]
    wanted = {
        "category_logits": (1, cells, num_classes),
        "kernels": (1, cells, channels),
        "mask_features": (1, height // stride, width // stride, channels),
        QUALITY: (1, cells),
    }
    for name, shape in shapes.items():
        if shape != wanted[name]:
            raise ValueError(
                f"Expected {name} of shape {wanted[name]} for one canvas of "
                f"{height} x {width} pixels, {num_classes} classes and grids "
                f"of {levels.grid_sizes}. Received: {shape}"
            )
