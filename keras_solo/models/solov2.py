"""SOLOv2: the wiring and the doors."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping
from typing import Any, Self

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.feature_pyramid import FeaturePyramid
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.mask_feature_head import MaskFeatureHead
from keras_solo.layers.semantic_head import SemanticHead
from keras_solo.layers.solov2_head import SOLOv2Head
from keras_solo.layers.target_encoder import SOLOv2TargetEncoder
from keras_solo.models import from_preset, parts, preset_folder
from keras_solo.models.canvas_size import check_canvas
from keras_solo.models.checked_config import check_config
from keras_solo.models.classes import checked_classes
from keras_solo.models.parts import Config, as_place, at_stride
from keras_solo.models.prediction import Prediction
from keras_solo.models.preset_names import PresetNames
from keras_solo.models.rematerialized import Function, changing, rematerialized
from keras_solo.models.semantic_loss import SemanticLoss
from keras_solo.models.upgrade import upgraded
from keras_solo.models.wired_backbone import WiredBackbone

REFERENCE_LETTERBOX = Letterbox((800, 1333), canvas="fit")


@keras.saving.register_keras_serializable(package="keras_solo")
class SOLOv2(SemanticLoss, Prediction):
    """Instance segmentation by locations (SOLOv2).

    A backbone and a feature pyramid; a head that predicts, for every cell of
    five grids, category logits and a mask kernel; and mask features that all
    kernels convolve. `fit` encodes targets and trains; `predict` takes
    canvases and gives padded arrays; `segment` takes images of any size and
    gives `Instances` in their own pixels.

    Args:
        backbone: A `ResNet` or an `EfficientNetLite` of this package, or any
            functional Keras model with features at strides 4, 8, 16 and 32,
            such as those of `keras.applications` with `include_top=False,
            input_shape=(None, None, 3)`.
        num_classes: C, without background. Not needed with `class_names`.
        class_names: Names of the labels 0 to C - 1; they are saved along.
        category_ids: The dataset's id of each label, C different integers,
            saved along, for `Instances.to_coco` of what `segment` finds.
        preprocessor: The `Letterbox` to canvases; 800 x 1333 by default.
        levels: `geometry.Levels`; by default five levels whose ranges follow
            the preprocessor's canvas.
        head: `"full"`, `"light"`, `"small"`, or a `SOLOv2Head`.
        mask_head: A `MaskFeatureHead`. Its stride is that of all masks: the
            model's `preprocessor` and `levels` have it, and so have the
            targets of `dataset.batches(model.preprocessor, ...)`.
        pyramid_filters: Channels of the feature pyramid.
        decoder: An `InstanceDecoder`: thresholds, NMS, bounds.
        target_encoder: A `SOLOv2TargetEncoder`: who gets a cell that two
            objects claim, and the capacity of (cell, object) pairs in
            training. What is beyond it is counted in the metric
            `dropped_pairs`.
        semantic_head: A `SemanticHead`, or `{}` for one as it is by default:
            in training the pyramid learns, besides, which classes each pixel
            shows (the loss `semantic_loss`). Predictions do not run it. By
            default there is none.

    Instead of each of these five layers there may be its config: a dict of
    some of its arguments, its `get_config()`, or the layer as Keras
    serializes it. What the model decides (classes, levels, kernel channels,
    dtype) may be left out; `levels=None` means the model's.

    The network maps RGB images `(B, H, W, 3)`, 0 to 255, H and W multiples of
    32, to `{"category_logits": (B, G, C), "kernels": (B, G, E),
    "mask_features": (B, H/4, W/4, E)}`; called with `training=True`, a
    semantic head adds `"semantic_logits"` `(B, H/8, W/8, C)`. A head with
    `quality=True` adds `"quality_logits"` `(B, G)`.

    Example:

    >>> import numpy as np
    >>> from keras_solo.models import ResNet
    >>> model = SOLOv2(
    ...     ResNet(18),
    ...     class_names=["cat", "dog"],
    ...     preprocessor=Letterbox((64, 64)),
    ...     head="light",
    ... )
    >>> photo = np.zeros((48, 80, 3), "uint8")
    >>> model.segment(photo).original_size
    (48, 80)

    Source: SOLOv2 (arXiv:2003.10152); `configs/solov2` of MMDetection 3.3.
    """

    backbone: keras.Model
    feature_pyramid: FeaturePyramid
    head: SOLOv2Head
    mask_head: MaskFeatureHead

    def __init__(
        self,
        backbone: keras.Model,
        num_classes: int | None = None,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        preprocessor: Letterbox | Config | None = None,
        levels: Levels | Config | None = None,
        head: str | SOLOv2Head | Config = "full",
        mask_head: MaskFeatureHead | Config | None = None,
        pyramid_filters: int = 256,
        decoder: InstanceDecoder | Config | None = None,
        target_encoder: SOLOv2TargetEncoder | Config | None = None,
        semantic_head: SemanticHead | Config | None = None,
        *,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        classes = checked_classes(num_classes, class_names, category_ids)
        preprocessor, levels = as_places(preprocessor, levels)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())

        layers = parts.network_layers(
            backbone,
            classes.size,
            levels,
            head,
            mask_head,
            pyramid_filters,
            policy,
        )
        name = name or _automatic_name(self)
        super().__init__(**layers.wired(), name=name)
        self.dtype_policy = policy  # a functional model ignores dtype=
        self.num_classes, self.class_names, self.category_ids = classes
        self.preprocessor, self.levels = preprocessor, levels
        self._furnish(layers, decoder, target_encoder, semantic_head)
        if not trainable:
            self.trainable = False

    def _furnish(
        self,
        layers: parts.NetworkLayers,
        decoder: InstanceDecoder | Config | None,
        target_encoder: SOLOv2TargetEncoder | Config | None,
        semantic_head: SemanticHead | Config | None,
    ) -> None:
        for part, layer in layers._asdict().items():
            setattr(self, part, layer)
        parts.check_canvas(self.backbone, self.preprocessor)
        stride = self.mask_head.stride
        self.preprocessor = at_stride(self.preprocessor, stride)
        self.levels = at_stride(self.levels, stride)
        self._prepare_prediction(decoder)
        self.target_encoder = parts.as_target_encoder(
            target_encoder, self.levels
        )
        # After all others, which get the random weights that they get without.
        self.semantic_head = parts.as_semantic_head(
            semantic_head,
            self.num_classes,
            self.feature_pyramid.filters,
            self.dtype_policy,
        )
        self._prepare_training()

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> dict[str, Tensor]:
        check_canvas(inputs.shape)
        remat = training and self.remat
        if not (remat or self.semantic_head_at_work(training)):
            return super().call(inputs, training=training, mask=mask)
        features = self.pyramid_features(inputs, training)
        return self.outputs_from(features, training)

    def pyramid_features(
        self, inputs: Tensor, training: bool | None = None
    ) -> dict[str, Tensor]:
        """The maps of the feature pyramid.

        Args:
            inputs: Canvases `(B, H, W, 3)`, RGB, 0 to 255.
            training: Of the call.

        Returns:
            Maps `(B, H/2**n, W/2**n, pyramid_filters)`, by names like `"P2"`.
        """
        images = ops.convert_to_tensor(inputs, dtype=self.inputs[0].dtype)
        run = rematerialized if training and self.remat else _as_it_is
        return run(self.feature_pyramid)(self._maps(images, training))

    def outputs_from(
        self, features: Mapping[str, Tensor], training: bool | None = None
    ) -> dict[str, Tensor]:
        """What the network gives for maps of its pyramid.

        Args:
            features: Of `pyramid_features`.
            training: Of the call.

        Returns:
            The outputs of the network.
        """
        run = rematerialized if training and self.remat else _as_it_is
        semantic = self.semantic_head_at_work(training)
        maps: dict[str, Function] = {"mask_features": self.mask_head}
        if semantic:
            maps["semantic_logits"] = semantic
        return {
            **run(self.head)(features),
            **{name: run(part)(features) for name, part in maps.items()},
        }

    def _maps(self, images: Tensor, training: bool | None) -> dict[str, Tensor]:
        """The backbone's, computed again for gradients with `remat`."""
        if not (training and self.remat):
            return self.backbone(images, training=training)
        if isinstance(self.backbone, WiredBackbone):  # block by block
            return self.backbone(images, training=True, remat=True)
        backbone = functools.partial(self.backbone, training=True)
        return rematerialized(backbone, changing([self.backbone]))(images)

    # === Saving ===

    def get_config(self) -> dict[str, object]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "category_ids": self.category_ids,
            "preprocessor": self.preprocessor.get_config(),
            "levels": self.levels.get_config(),
            "pyramid_filters": self.feature_pyramid.filters,
            **parts.part_configs(self),
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, object],
        custom_objects: Mapping[str, object] | None = None,
    ) -> Self:
        config = upgraded(config)
        with keras.saving.custom_object_scope(custom_objects or {}):
            check_config(config)
            for key in ("backbone", "dtype"):
                if isinstance(config.get(key), dict):
                    config[key] = keras.saving.deserialize_keras_object(
                        config[key]
                    )
            return cls(**config)  # type: ignore[arg-type]

    presets = PresetNames()

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        *,
        verify: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Builds a model from a preset.

        Args:
            preset: One of these:

                - a name of `SOLOv2.presets`; published weights are
                  downloaded into Keras's folder once, and verified;
                - a folder that `save_to_preset` wrote, or the folder of a
                  training (`RunFolder`), whose best model is taken;
                - a `.pth` file of a SOLOv2 of MMDetection, as it is: the
                  architecture follows from its tensors and its config text,
                  and nothing in it is executed;
                - `"hf://user/model"` or
                  `"kaggle://owner/model/keras/variation"`, a folder on one
                  of these hubs.
            load_weights: Whether to load the weights, or only to build the
                architecture.
            verify: Whether the files of a preset folder must be those that
                were written, by the checksums in its `metadata.json`. False
                for a `config.json` that you edited yourself.
            **kwargs: Overrides of the constructor's arguments, like
                `class_names` or `num_classes`, `category_ids`,
                `preprocessor`, or `dtype`. Other classes get a new last
                layer and drop the category ids, and all else keeps its
                weights; the same names, or names for a preset that has none
                and as many classes, keep it whole.

        Returns:
            A `SOLOv2`.

        Raises:
            ValueError: If there is no such preset, if it has no weights, or
                if they are damaged or do not fit.
            OSError: If a file cannot be downloaded.
        """
        return from_preset.load(cls, preset, load_weights, kwargs, verify)

    def save_to_preset(
        self,
        folder: str | os.PathLike[str],
        weights_dtype: str | None = None,
    ) -> None:
        """Writes `config.json`, `model.weights.h5` and `metadata.json`.

        Args:
            folder: Where to; made if need be.
            weights_dtype: `"float16"` halves the file; values are rounded.

        Raises:
            ValueError: If weights are NaN or infinite.
            OSError: If a file cannot be written; what was there stays.
        """
        preset_folder.save(self, folder, weights_dtype)


def _as_it_is(function: Function) -> Function:
    return function


def _automatic_name(model: SOLOv2) -> str | None:
    """`solov2`, `solov2_1`, ..., where Keras would say `sol_ov2`."""
    if type(model) is not SOLOv2:
        return None
    count = keras.backend.get_uid("solov2") - 1
    return f"solov2_{count}" if count else "solov2"


def as_places(
    preprocessor: Letterbox | Config | None, levels: Levels | Config | None
) -> tuple[Letterbox, Levels]:
    letterbox = as_place(Letterbox, preprocessor) or REFERENCE_LETTERBOX
    return letterbox, as_place(Levels, levels) or Levels.for_canvas(
        letterbox.largest_canvas
    )
