"""Writes a folder of annotated images in another format.

  keras-solo convert photos photos-yolo --to yolo

All splits are converted; image files are copied. What the other format cannot
hold (crowds in YOLO, covered pixels in PNGs of ids) is counted and named.
"""

import argparse
import pathlib
import tempfile

from keras_solo._printable import counted
from keras_solo.cli.datasets import read_folder
from keras_solo.cli.errors import CliError, existing_folder, not_in_a_file
from keras_solo.cli.options import add_folder, add_reading
from keras_solo.data import write_dataset
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
    output = not_in_a_file("OUT", options.output)
    if output.is_dir() and any(output.iterdir()):
        raise CliError(f"OUT: {output} is not empty.")
    splits = read_folder(options.data, options)
    output.parent.mkdir(parents=True, exist_ok=True)
    # It has its name only once it is complete.
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=f".{output.name}-"
    ) as parent:
        new = pathlib.Path(parent, output.name)
        new.mkdir()
        lost = [
            write_dataset(dataset, new, options.to, name)
            for name, dataset in splits.items()
        ]
        new.replace(output)
    for name, dataset in splits.items():
        print(f"{name}: {counted(len(dataset), 'image')} in {output}.")
    skipped = any(dataset.skipped for dataset in splits.values())
    return int(skipped or any(lost))
