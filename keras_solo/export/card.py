"""What a consumer of an exported file must know, as plain JSON."""

from __future__ import annotations

import pathlib
import sys

from keras_solo.export.settings import Settings
from keras_solo.models import SOLOv2
from keras_solo.models.mask_dtype import FULL

SUFFIX = ".json"


def card_path(path: pathlib.Path) -> pathlib.Path:
    """The JSON beside an exported file or folder.

    Example:

    >>> card_path(pathlib.Path("model.onnx")).name
    'model.onnx.json'
    """
    return path.with_name(path.name + SUFFIX)


def card(model: SOLOv2, settings: Settings) -> dict[str, object]:
    """Classes, how an image becomes a canvas, and how masks come home.

    Returns:
        What JSON can hold. Masks are on a grid of `mask_stride` canvas
        pixels; a pixel is inside where the mask, resized bilinearly, is above
        `mask_threshold`, which is in the unit of the masks.
    """
    decoder, letterbox = model.decoder, settings.letterbox
    unit = FULL if settings.mask_dtype == "uint8" else 1
    return {
        "made_by": f"keras-solo {sys.modules['keras_solo'].__version__}",
        "format": settings.format.name,
        "num_classes": model.num_classes,
        "class_names": model.class_names and list(model.class_names),
        "category_ids": model.category_ids and list(model.category_ids),
        "input": "images",
        "batch_size": settings.batch_size,
        "image_size": list(letterbox.image_size),
        "letterbox": letterbox.get_config(),
        "mask_stride": letterbox.mask_stride,
        "mask_dtype": settings.mask_dtype,
        "mask_threshold": unit * float(decoder.mask_threshold),
        "score_threshold": float(decoder.score_threshold),
        "update_threshold": float(decoder.update_threshold),
        "max_detections": int(decoder.max_detections),
        "weights_dtype": settings.weights_dtype,
    }
