"""A model as tiles and views see it: the same, but for where images lie."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from keras_solo.geometry import Intensity, Letterbox
from keras_solo.inference.suppression import Suppressing
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.mask_dtype import MaskDtype


class Placeable(Protocol):
    """What is asked of a model."""

    preprocessor: Letterbox
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    compiled_predictions: dict[MaskDtype, CompiledPrediction]

    @property
    def decoder(self) -> Suppressing: ...


@dataclasses.dataclass
class PlacedModel:
    """What a stream of images asks of a model, see `segment_stream`."""

    preprocessor: Letterbox
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    compiled_predictions: dict[MaskDtype, CompiledPrediction]
    decoder: Suppressing


def placed_model(model: Placeable, letterbox: Letterbox) -> PlacedModel:
    """A model with another `preprocessor`, for images of 8 bits.

    The model is not changed, and what it has compiled is shared.

    Args:
        model: A `SOLOv2`.
        letterbox: Its intensity is left out: images are scaled already.
    """
    return PlacedModel(
        dataclasses.replace(letterbox, intensity=Intensity()),
        model.class_names,
        model.category_ids,
        model.compiled_predictions,
        model.decoder,
    )
