"""What a training starts from, as `keras-solo train` is told it."""

import argparse

from keras_solo.cli.errors import CliError
from keras_solo.cli.options import DTYPES, checked_preset, positive_int
from keras_solo.geometry.intensity import SCALINGS
from keras_solo.geometry.levels import REFERENCE_GRID_SIZES
from keras_solo.layers.instance_decoder import MOST
from keras_solo.models.head_sizes import MODEL_SIZES
from keras_solo.models.installed_weights import is_installed
from keras_solo.training.starting_model import (
    BACKBONES,
    PRETRAINED_BACKBONES,
    PRETRAINED_LITES,
    PRETRAINED_RESNETS,
)

DEFAULT_BACKBONE = "efficientnet_lite0_imagenet"
# A side of a level: those of a canvas of 1024 pixels at the finest stride.
MOST_CELLS = 256
# What is missing where the default is not installed, either.
NO_START = (
    '--preset, or --backbone (as "resnet18_imagenet", which is downloaded; the '
    'default comes with pip install "keras-solo[imagenet]")'
)


def add_start(parser: argparse.ArgumentParser) -> None:
    """`--preset`, `--backbone`, and what goes with them."""
    group = parser.add_argument_group("model")
    start = group.add_mutually_exclusive_group()
    start.add_argument(
        "--preset",
        metavar="NAME_OR_FOLDER",
        help="start from this model, with new classes if need be: a preset's "
        "name or folder, or a .pth file of MMDetection",
    )
    start.add_argument(
        "--backbone",
        choices=(*BACKBONES, *PRETRAINED_BACKBONES),
        metavar="NAME",
        help="start with this backbone: of random weights "
        f"{', '.join(BACKBONES)}, of torchvision's ImageNet weights "
        f"{', '.join(PRETRAINED_RESNETS)}, of the ImageNet weights that pip "
        f'installs as "keras-solo[imagenet]" {", ".join(PRETRAINED_LITES)} '
        f"(default, where it is installed: {DEFAULT_BACKBONE})",
    )
    _add_model(group)


def _add_model(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--no-weights",
        action="store_true",
        help="take the preset's architecture, with random weights",
    )
    group.add_argument(
        "--head",
        choices=tuple(MODEL_SIZES),
        help="with --backbone (default: small for EfficientNet-Lite, light for "
        "a ResNet)",
    )
    group.add_argument(
        "--image-size",
        type=positive_int,
        nargs=2,
        metavar=("H", "W"),
        help="canvas in pixels, multiples of 32 (default: the preset's, or "
        "512 512)",
    )
    _add_sizes(group)
    group.add_argument(
        "--intensity",
        choices=SCALINGS,
        help="how pixels become 8 bits: by their type, or by the percentiles "
        "1 and 99.8 of each image, for microscopes' 12 or 16 bits; the model "
        "keeps it (default: the preset's, or type)",
    )
    group.add_argument(
        "--dtype",
        choices=DTYPES,
        metavar="DTYPE",
        help=f"precision: {', '.join(DTYPES)} (default: float32)",
    )


def _add_sizes(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--grids",
        type=positive_int,
        nargs="+",
        metavar="S",
        help="with --backbone: cells a side of each level of the pyramid, "
        "finest first, one to five of them (default: 40 36 24 16 12)",
    )
    group.add_argument(
        "--max-detections",
        type=positive_int,
        metavar="N",
        help="with --backbone: instances an image at most (default: 100)",
    )


def choose_backbone(options: argparse.Namespace) -> None:
    """Where nothing says what to start from: the default, if it is there."""
    if options.preset is None and options.backbone is None:
        if is_installed(DEFAULT_BACKBONE):
            options.backbone = DEFAULT_BACKBONE


def check_start(options: argparse.Namespace) -> None:
    """Refuses what does not go together."""
    if options.preset is not None:
        checked_preset(options.preset)
        for name in ("head", "grids", "max_detections"):
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise CliError(
                    f"{option} goes with --backbone: a preset has one."
                )
    elif options.no_weights:
        raise CliError("--no-weights goes with --preset.")
    if options.grids and len(options.grids) > len(REFERENCE_GRID_SIZES):
        raise CliError(
            f"--grids: expected one to {len(REFERENCE_GRID_SIZES)} levels, not "
            f"{len(options.grids)}."
        )
    for size in options.grids or ():
        if not 2 <= size <= MOST_CELLS:
            raise CliError(
                f"--grids: expected 2 to {MOST_CELLS} cells a side, not {size}."
            )
    most = MOST["max_detections"]
    if (options.max_detections or 0) > most:
        raise CliError(
            f"--max-detections: expected 1 to {most}, not "
            f"{options.max_detections}."
        )
    if options.image_size and any(n % 32 for n in options.image_size):
        height, width = options.image_size
        raise CliError(
            "--image-size: expected height and width in multiples of 32, not "
            f"{height} {width}."
        )


def starts_from_weights(options: argparse.Namespace) -> bool:
    """Whether the model brings weights, or starts from random ones."""
    if options.backbone is not None:
        return options.backbone in PRETRAINED_BACKBONES
    return not options.no_weights


def default_recipe(options: argparse.Namespace) -> str:
    """The recipe for what the model starts from.

    Args:
        options: Of `add_start`.
    """
    if options.backbone in PRETRAINED_LITES:
        return "fine-tune"
    return "reference" if starts_from_weights(options) else "from-scratch"


def default_mask_targets(options: argparse.Namespace) -> str:
    """Binary where training is as the reference's, by default.

    Args:
        options: Of `add_start`.
    """
    return "binary" if default_recipe(options) == "reference" else "soft"
