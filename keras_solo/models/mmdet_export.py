"""Our weights for MMDetection."""

from __future__ import annotations

import os
import warnings

import keras

from keras_solo.checkpoints.mmdet import write_mmdet
from keras_solo.checkpoints.mmdet_config import (
    ForeignWeightsError,
    config_text,
)
from keras_solo.geometry import MASK_STRIDE
from keras_solo.models.foreign_weights import reference_weights
from keras_solo.models.solov2 import SOLOv2


def to_mmdet(model: SOLOv2, path: str | os.PathLike[str]) -> None:
    """Writes a model's weights for MMDetection.

    Args:
        model: A `SOLOv2` with a `ResNet` of this package.
        path: A `.pth` file. MMDetection's `load_checkpoint` reads it, and
            `load_state_dict(strict=True)` takes its `"state_dict"`. The text
            in its `"meta"` says the grids, scale ranges and thresholds, which
            MMDetection needs in its own config, and a `"fixed"` canvas and
            category ids, which it does not know; `from_preset` reads them.
            Nor has it percentiles, hard NMS, or one over all classes: a
            warning says what of these is lost.

    Raises:
        ForeignWeightsError: If MMDetection has no such model.

    Example:

    ```python
    keras_solo.models.to_mmdet(model, "ours.pth")
    ```
    """
    _check_known(model)
    for lost in _lost(model):
        warnings.warn(
            f"MMDetection does not {lost}, as this model does: the file does "
            "not say so.",
            stacklevel=2,
        )
    backbone = model.backbone
    config = config_text(
        num_classes=model.num_classes,
        levels=model.levels,
        image_size=model.preprocessor.image_size,
        norms=(model.head.groups, model.mask_head.groups),
        freezing=backbone.get_config(),
        decoder=model.decoder.get_config(),
        ours=_ours(model),
    )
    arrays = {
        path: keras.ops.convert_to_numpy(variable)
        for path, variable in reference_weights(model).items()
    }
    write_mmdet(path, arrays, config, model.class_names)


def _ours(model: SOLOv2) -> dict[str, object]:
    """What `from_preset` alone reads."""
    ours: dict[str, object] = {}
    if model.preprocessor.canvas == "fixed":
        ours["fixed_canvas"] = model.preprocessor.image_size
    if model.category_ids is not None:
        ours["category_ids"] = model.category_ids
    return ours


def _lost(model: SOLOv2) -> list[str]:
    """What MMDetection's SOLOv2 does not do."""
    decoder, intensity = model.decoder, model.preprocessor.intensity
    does = {
        "scale images by percentiles": intensity.by_percentiles,
        "choose among masks by hard NMS": decoder.nms == "hard",
        "compare masks of different classes in NMS": decoder.class_agnostic,
        "score masks by a predicted quality": model.head.quality,
    }
    return [lost for lost, done in does.items() if done]


def _check_known(model: SOLOv2) -> None:
    backbone = getattr(model, "backbone", None)
    if getattr(backbone, "norm", None) != "batch":
        raise ForeignWeightsError(
            "Expected a SOLOv2 with a ResNet of this package, with batch "
            f"normalisation. Received: {backbone or model!r:.200}"
        )
    if model.mask_head.stride != MASK_STRIDE:
        raise ForeignWeightsError(
            "MMDetection's SOLOv2 has mask features at stride 4. "
            f"Received: stride {model.mask_head.stride}"
        )
    if model.levels.names != ("P2", "P3", "P4", "P5", "P6"):
        raise ForeignWeightsError(
            "MMDetection's SOLOv2 has the levels P2 to P6. "
            f"Received: {model.levels.names}"
        )
