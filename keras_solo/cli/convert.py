"""Writes a folder of annotated images in another format.

  keras-solo convert photos photos-yolo --to yolo

All splits are converted; image files are copied. What the other format cannot
hold (crowds in YOLO, covered pixels in PNGs of ids) is counted and named.
"""

import argparse
import pathlib

from keras_solo.cli.errors import CliError, existing_folder, not_in_a_file
from keras_solo.cli.options import add_folder, add_reading
from keras_solo.data import FolderDataset, open_dataset, write_dataset
from keras_solo.data.formats.layouts import FORMATS

WRITTEN = [one.name for one in FORMATS]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo convert`."""
    parser.add_argument("data", metavar="IN", help="the folder to read")
    parser.add_argument("output", metavar="OUT", help="the folder to write")
    parser.add_argument(
        "--to",
        required=True,
        choices=WRITTEN,
        metavar="NAME",
        help=f"the format to write: {', '.join(WRITTEN)}",
    )
    add_folder(parser, "IN")
    add_reading(parser)


def run(options: argparse.Namespace) -> int:
    """Converts every split; 1 if something was lost or left out."""
    existing_folder("IN", options.data)
    not_in_a_file("OUT", options.output)
    output = pathlib.Path(options.output)
    if output.is_dir() and any(output.iterdir()):
        raise CliError(f"OUT: {output} is not empty.")
    opened = open_dataset(
        options.data,
        format=options.format,
        on_error=options.on_error,
        check_images=False,
        exif_orientation=options.exif_orientation,
        max_pixels=options.max_pixels,
        allow_outside=options.allow_outside,
    )
    splits = opened
    if isinstance(splits, FolderDataset):
        splits = {"train": splits}
    incomplete = False
    for name, dataset in splits.items():
        lost = write_dataset(dataset, output, options.to, name)
        incomplete = incomplete or bool(lost or dataset.skipped)
        print(f"{name}: {len(dataset)} images are in {output}.")
    return int(incomplete)
