"""Tells before a training what will not work with a dataset.

  keras-solo check photos --image-size 512 512 --html report.html

Each image is decoded once. Errors are what stops a training or is left out of
it, warnings what makes a model worse than it could be or than it seems. The
exit code is 1 if there is an error; with --strict, if there is a warning, too.
"""

import argparse
import json
import pathlib
import warnings
from collections.abc import Iterable

from keras_solo._whole_files import write_whole
from keras_solo.cli.datasets import read_folder
from keras_solo.cli.errors import CliError, as_options, existing_folder
from keras_solo.cli.options import add_folder, add_images, positive_int
from keras_solo.data import DatasetReport, FolderDataset, check_dataset
from keras_solo.models.progress import Progress, verbosity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo check`."""
    parser.add_argument("data", metavar="DATASET", help="the folder to read")
    parser.add_argument(
        "--image-size",
        type=positive_int,
        nargs=2,
        metavar=("H", "W"),
        help="height and width of the canvas, multiples of 32 (default: what "
        "is proposed for these images)",
    )
    parser.add_argument(
        "--max-detections",
        type=positive_int,
        default=100,
        metavar="N",
        help="of the model: images with more objects are named (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--few-objects",
        type=positive_int,
        default=10,
        metavar="N",
        help="classes with fewer objects to train on are named (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--html", metavar="FILE", help="also write a page with pictures"
    )
    parser.add_argument(
        "--json", metavar="FILE", help="also write all of it to this JSON"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit with the code 1 if there are warnings, too",
    )
    add_folder(parser, "DATASET")
    add_images(parser)


def run(options: argparse.Namespace) -> int:
    """Prints what was found; 1 if that is an error."""
    folder = existing_folder("DATASET", options.data)
    _check_size(options.image_size)
    _check_outputs(options, folder)
    splits = _read(folder, options)
    _check_not_read(options, splits.values())
    total = sum(map(len, splits.values()))
    progress = Progress(total, "image", verbosity())
    report = check_dataset(
        splits,
        options.image_size and tuple(options.image_size),
        max_detections=options.max_detections,
        few_objects=options.few_objects,
        progress=progress.update,
    )
    print(f"\n{as_options(str(report))}")
    _write(report, options)
    bad = report.num("error")
    if options.strict:
        bad += report.num("warning")
    return int(bad > 0)


def _read(
    folder: pathlib.Path, options: argparse.Namespace
) -> dict[str, FolderDataset]:
    """All splits. What was left out is in the report, and no warning."""
    options.on_error = "skip"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        splits = read_folder(folder, options)
    for warning in caught:
        if "see `dataset.skipped`" not in str(warning.message):
            warnings.warn(warning.message, warning.category, stacklevel=2)
    return splits


def _write(report: DatasetReport, options: argparse.Namespace) -> None:
    if options.json:
        content = json.dumps(report.to_dict(), indent=2, allow_nan=False)
        write_whole(options.json, content + "\n")
    if options.html:
        report.to_page(f"Dataset {options.data}").save(options.html)


# === What was typed ===


def _check_size(size: list[int] | None) -> None:
    if size and any(side % 32 for side in size):
        raise CliError(
            "--image-size: expected height and width in multiples of 32, not "
            f"{size[0]} {size[1]}."
        )


def _outputs(options: argparse.Namespace) -> dict[str, pathlib.Path]:
    """Where files are to be written, links followed."""
    named = {"--html": options.html, "--json": options.json}
    return {
        option: pathlib.Path(path).resolve()
        for option, path in named.items()
        if path is not None
    }


def _check_outputs(options: argparse.Namespace, folder: pathlib.Path) -> None:
    """Better now than after an hour."""
    outputs = _outputs(options)
    for option, path in outputs.items():
        if path.is_dir():
            raise CliError(f"{option}: expected a file, {path} is a folder.")
        if not path.parent.is_dir():
            raise CliError(f"{option}: there is no folder for {path}.")
        if folder.resolve() in path.parents:
            raise CliError(
                f"{option}: expected a file outside the dataset, {path} is "
                f"in {folder}."
            )
    if len(set(outputs.values())) < len(outputs):
        raise CliError("--html and --json: expected two files.")


def _check_not_read(
    options: argparse.Namespace, splits: Iterable[FolderDataset]
) -> None:
    """Files of the dataset may lie outside its folder."""
    outputs = _outputs(options)
    if not any(path.exists() for path in outputs.values()):
        return
    read = {
        path.resolve()
        for dataset in splits
        for path in (
            dataset.annotations,
            *(record.image_path for record in dataset),
        )
        if path is not None
    }
    for option, path in outputs.items():
        if path in read:
            raise CliError(f"{option}: {path} is a file of the dataset.")
