"""Measures how fast a model is on this machine, stage by stage.

  keras-solo benchmark --preset solov2_light_r18_fpn_3x_coco

Stages: read an image file, put it on its canvas, network, decoder, masks in
the pixels of the photo, run lengths of COCO; then the whole of it.
"""

import argparse
import json
from typing import Any

from keras_solo.cli.errors import existing_file
from keras_solo.cli.options import (
    add_batch_size,
    add_image_size,
    checked_preset,
    positive_int,
)
from keras_solo.evaluation import benchmark
from keras_solo.geometry import Letterbox
from keras_solo.models import SOLOv2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo benchmark`."""
    parser.add_argument(
        "--preset",
        required=True,
        metavar="NAME_OR_FOLDER",
        help="a model: the name of a preset, a preset folder, or a .pth file "
        "of MMDetection",
    )
    parser.add_argument(
        "--no-weights",
        action="store_true",
        help="the preset's architecture with random weights: nothing is "
        "downloaded, but what comes after the network has little to do",
    )
    add_image_size(parser)
    add_batch_size(parser, default=1)
    parser.add_argument(
        "--image",
        metavar="PATH",
        help="a photo of yours (default: noise of 480 x 640 pixels)",
    )
    parser.add_argument(
        "--repeats",
        type=positive_int,
        default=5,
        metavar="N",
        help="measure each stage N times, the median counts (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON instead of a table"
    )


def run(options: argparse.Namespace) -> None:
    """Prints the table."""
    preset = checked_preset(options.preset)
    if options.image is not None:
        existing_file("--image", options.image)
    arguments: dict[str, Any] = {}
    if options.image_size:
        arguments["preprocessor"] = Letterbox(tuple(options.image_size))
    model = SOLOv2.from_preset(
        preset, load_weights=not options.no_weights, **arguments
    )
    result = benchmark(
        model,
        options.image,
        batch_size=options.batch_size,
        repeats=options.repeats,
    )
    print(json.dumps(result.to_dict(), indent=2) if options.json else result)
