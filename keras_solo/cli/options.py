"""Options that several commands share, and the numbers they accept."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from keras_solo.cli.errors import CliError, existing_file
from keras_solo.data.formats.layouts import FORMATS
from keras_solo.data.formats.reading import UNNAMED
from keras_solo.data.images import MAX_PIXELS
from keras_solo.inference import TTA, Tiling

Parser = argparse.ArgumentParser | argparse._ArgumentGroup
Number = TypeVar("Number", int, float)

# What describes tiles, and how it is typed.
TILING = {
    "tile": "--tile",
    "overlap": "--overlap",
    "scale": "--scale",
    "whole": "--no-whole",
}
DTYPES = ("float32", "bfloat16", "mixed_bfloat16", "mixed_float16")


def positive_int(text: str) -> int:
    """An integer of at least 1."""
    return _number(int, text, "a whole number of at least 1", lambda n: n >= 1)


def natural_int(text: str) -> int:
    """An integer of at least 0."""
    return _number(int, text, "a whole number of at least 0", lambda n: n >= 0)


def positive_float(text: str) -> float:
    """A finite number above 0."""
    return _number(
        float, text, "a number above 0", lambda n: 0 < n < float("inf")
    )


def float_or_none(text: str) -> float | None:
    """A finite number above 0; None for 0."""
    expected = "a number of at least 0"
    found = _number(float, text, expected, lambda n: 0 <= n < float("inf"))
    return found or None


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    return _number(float, text, "a number from 0 to 1", lambda n: 0 <= n <= 1)


def part_below_one(text: str) -> float:
    """A number from 0 to below 1."""
    expected = "a number from 0 to below 1"
    return _number(float, text, expected, lambda n: 0 <= n < 1)


def _number(
    kind: Callable[[str], Number],
    text: str,
    expected: str,
    accepted: Callable[[Number], bool],
) -> Number:
    try:
        number = kind(text)
        if accepted(number):
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected {expected}, not {text!r}")


def add_batch_size(parser: Parser, default: int = 8) -> None:
    """`--batch-size`."""
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        default=default,
        metavar="N",
        help="images that pass the network together (default: %(default)s)",
    )


def add_image_size(parser: Parser) -> None:
    """`--image-size` of a preset."""
    parser.add_argument(
        "--image-size",
        nargs=2,
        type=positive_int,
        metavar=("HEIGHT", "WIDTH"),
        help="the canvas, in multiples of 32 (default: the preset's)",
    )


def add_trained_preset(parser: Parser, required: bool = True) -> None:
    """`--preset` of a model with weights."""
    parser.add_argument(
        "--preset",
        required=required,
        metavar="NAME_OR_FOLDER",
        help="a model: the name of a preset with weights, the folder that "
        "`keras-solo train` or `model.save_to_preset` wrote, or a .pth file "
        "of MMDetection",
    )


def add_folder(group: Parser, name: str) -> None:
    """`--format`, `--allow-outside` and `--class-name`: how to read a folder.

    Args:
        group: Gets the options.
        name: What the folder is called in the help.
    """
    names = [one.name for one in FORMATS]
    group.add_argument(
        "--format",
        choices=names,
        metavar="NAME",
        help=f"of {name}, where it is in more than one: {', '.join(names)}",
    )
    group.add_argument(
        "--allow-outside",
        action="store_true",
        help=f"also read images outside {name}, if its annotations name them",
    )
    group.add_argument(
        "--class-name",
        metavar="NAME",
        default=UNNAMED,
        help="the class of objects that have none (default: %(default)s)",
    )


def check_no_folder_options(options: argparse.Namespace, name: str) -> None:
    """Refuses what `add_folder` added where no folder is read.

    Args:
        options: Those of `add_folder`.
        name: What the folder is called in the help.

    Raises:
        CliError: If one of them says something.
    """
    said = {
        "--format": options.format is not None,
        "--allow-outside": options.allow_outside,
        "--class-name": options.class_name != UNNAMED,
    }
    for option, is_said in said.items():
        if is_said:
            raise CliError(f"{option} goes with {name}.")


def add_reading(parser: Parser) -> None:
    """`--on-error`, `--exif-orientation`, `--max-pixels`."""
    parser.add_argument(
        "--on-error",
        choices=("raise", "skip"),
        default="raise",
        help="what to do about wrong annotations and damaged images: stop at "
        "the first, or leave them out and say so (default: %(default)s)",
    )
    add_images(parser)


def add_images(parser: Parser) -> None:
    """`--exif-orientation`, `--max-pixels`."""
    parser.add_argument(
        "--exif-orientation",
        action="store_true",
        help="turn photos as their EXIF tags say: they were annotated as a "
        "person sees them",
    )
    add_max_pixels(parser)


def add_max_pixels(parser: Parser) -> None:
    """`--max-pixels`."""
    parser.add_argument(
        "--max-pixels",
        type=positive_int,
        default=MAX_PIXELS,
        metavar="N",
        help="the most pixels an image may have (default: %(default)s)",
    )


def add_selection(parser: Parser) -> None:
    """`--limit`, `--max-objects`, `--min-object-size`."""
    group = parser.add_argument_group("which images")
    group.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="the first N suitable images only",
    )
    group.add_argument(
        "--max-objects",
        type=positive_int,
        metavar="N",
        help="only images without crowds that have 1 to N objects",
    )
    group.add_argument(
        "--min-object-size",
        type=positive_float,
        metavar="PX",
        help="only images without crowds whose objects are all at least this "
        "large: the square root of the box's area, in pixels of the canvas",
    )


def add_tiling(parser: Parser) -> None:
    """`--tiled`, what goes with it, and `--tta`."""
    group = parser.add_argument_group("large images, and several views")
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--tiled",
        action="store_true",
        help="segment large images tile by tile, and merge what crosses seams",
    )
    one.add_argument(
        "--tta",
        action="store_true",
        help="segment each image and its mirror image, and merge what is "
        "found: test-time augmentation, twice the time",
    )
    _add_tiles(group)


def _add_tiles(group: Parser) -> None:
    """What goes with `--tiled`."""
    group.add_argument(
        "--tile",
        nargs=2,
        type=positive_int,
        metavar=("HEIGHT", "WIDTH"),
        help="of tiles, in pixels after --scale (default: the model's canvas)",
    )
    group.add_argument(
        "--overlap",
        type=part_below_one,
        metavar="F",
        help="of neighbouring tiles, as a part of one (default: 0.25)",
    )
    group.add_argument(
        "--scale",
        type=positive_float,
        metavar="S",
        help="pixels of a tile for each pixel of the image: above 1 for "
        "objects smaller than those of the training (default: 1)",
    )
    group.add_argument(
        "--no-whole",
        action="store_false",
        default=None,
        dest="whole",
        help="tiles alone: where no object is larger than one",
    )


def tiling_of(options: argparse.Namespace) -> Tiling | None:
    """How to tile, or None without `--tiled`.

    Args:
        options: Those of `add_tiling`.

    Raises:
        CliError: If tiles are described and `--tiled` is not there.
    """
    given = {
        name: value
        for name in TILING
        if (value := getattr(options, name)) is not None
    }
    if not options.tiled:
        for name in given:
            raise CliError(f"{TILING[name]} goes with --tiled.")
        return None
    if "tile" in given:
        given["tile"] = tuple(given["tile"])
    return Tiling(**given)


def tta_of(options: argparse.Namespace) -> TTA | None:
    """Which views to segment, or None without `--tta`.

    Args:
        options: Those of `add_tiling`.
    """
    return TTA() if options.tta else None


def checked_preset(preset: str) -> str:
    """A preset's name or folder.

    Raises:
        CliError: If it looks like a path and nothing is there, or if it is
            another kind of file.
    """
    if preset.endswith((".keras", ".h5")):
        existing_file("--preset", preset)
        raise CliError(
            f"--preset: expected a name or a folder, {preset} is a file. "
            "Load it in Python and write a folder with model.save_to_preset."
        )
    return preset
