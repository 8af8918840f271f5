"""Writes a model for another runtime: ONNX, LiteRT, OpenVINO, SavedModel.

  keras-solo export --preset solov2_tiny_shapes --output shapes.onnx

The file takes canvases and gives instances: masks, labels, confidence, boxes
and their number, Matrix NMS included. The JSON beside it says which classes
there are, how an image becomes a canvas, and the thresholds.
"""

import argparse
import pathlib
from typing import Any

from keras_solo._whole_files import as_megabytes
from keras_solo.cli.errors import CliError
from keras_solo.cli.options import (
    add_image_size,
    add_trained_preset,
    checked_preset,
    fraction,
    positive_int,
)
from keras_solo.export import WrongFile, export
from keras_solo.export.card import card_path
from keras_solo.export.formats import FORMATS, WEIGHTS_DTYPES
from keras_solo.models import SOLOv2
from keras_solo.models.mask_dtype import MASK_DTYPES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo export`."""
    add_trained_preset(parser)
    parser.add_argument(
        "--output",
        required=True,
        metavar="FILE",
        help="NAME.onnx, NAME.tflite, NAME.xml (OpenVINO), or a folder "
        "(SavedModel)",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="the format (default: as --output ends)",
    )
    add_image_size(parser)
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        help="canvases a call (default: any number)",
    )
    parser.add_argument(
        "--mask-dtype",
        choices=MASK_DTYPES,
        default="float32",
        help="masks as probabilities, or as bytes in steps of 1/255 "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--weights-dtype",
        choices=WEIGHTS_DTYPES,
        default="float32",
        help="smaller weights make a smaller file, and change results a "
        "little (default: %(default)s)",
    )
    _add_decoder(parser)


def _add_decoder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--score-threshold",
        type=fraction,
        metavar="SCORE",
        help="cells with a lower score are no candidates (default: the "
        "preset's)",
    )
    parser.add_argument(
        "--max-detections",
        type=positive_int,
        metavar="N",
        help="slots of the result (default: the preset's)",
    )


def run(options: argparse.Namespace) -> None:
    """Writes the file, and says what is where."""
    model = SOLOv2.from_preset(checked_preset(options.preset))
    changes = {
        name: value
        for name in ("score_threshold", "max_detections")
        if (value := getattr(options, name)) is not None
    }
    if changes:
        model.decoder = {**model.decoder.get_config(), **changes}
    settings: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("batch_size", "mask_dtype", "weights_dtype")
    }
    if options.image_size:
        settings["image_size"] = tuple(options.image_size)
    try:
        path = export(model, options.output, options.format, **settings)
    except WrongFile as error:
        raise CliError(error) from error
    print(
        f"{path}: {as_megabytes(_size(path))}, and its runtime gives what the "
        f"model gives. {card_path(path)}: what to know about it."
    )


def _size(path: pathlib.Path) -> int:
    """Bytes of what was written."""
    files = (
        path.rglob("*") if path.is_dir() else [path, path.with_suffix(".bin")]
    )
    return sum(file.stat().st_size for file in files if file.is_file())
