"""Annotated images for the commands: read, selected, checked."""

import argparse
import pathlib
import warnings
from collections.abc import Sequence

from keras_solo.cli.errors import CliError
from keras_solo.data import (
    CocoDataset,
    FolderDataset,
    InstanceDataset,
    open_dataset,
)
from keras_solo.data.categories import listed
from keras_solo.data.check import OnError
from keras_solo.data.images import BY_TYPE
from keras_solo.geometry import Intensity, Letterbox

Path = str | pathlib.Path


def read_dataset(
    annotations: Path, images: Path | None, options: argparse.Namespace
) -> CocoDataset:
    """A `CocoDataset` whose images are not decoded yet.

    Args:
        annotations: The annotation file.
        images: The folder that its file names start from, or None.
        options: Those of `add_reading`.
    """
    return CocoDataset(
        annotations,
        images,
        on_error=options.on_error,
        check_images=False,
        exif_orientation=options.exif_orientation,
        max_pixels=options.max_pixels,
    )


def read_folder(
    folder: Path, options: argparse.Namespace
) -> dict[str, FolderDataset]:
    """All splits of a folder in any format, images not decoded yet.

    Args:
        folder: What `open_dataset` takes.
        options: Those of `add_reading` and `add_folder`.

    Returns:
        Each split by its name; a single one is called "train".
    """
    opened = open_dataset(
        folder,
        format=options.format,
        on_error=options.on_error,
        check_images=False,
        exif_orientation=options.exif_orientation,
        max_pixels=options.max_pixels,
        allow_outside=options.allow_outside,
        class_name=options.class_name,
    )
    return {"train": opened} if isinstance(opened, FolderDataset) else opened


def read_splits(
    folder: Path, options: argparse.Namespace
) -> tuple[FolderDataset, FolderDataset | None]:
    """The images to train on and to measure on, of a folder in any format.

    Args:
        folder: What `open_dataset` takes.
        options: Those of `add_reading` and `add_folder`.

    Returns:
        The split "train", or the only one; and "val", if there is one.

    Raises:
        CliError: If no split is for training.
    """
    splits = read_folder(folder, options)
    if len(splits) == 1:
        return next(iter(splits.values())), None
    if "train" not in splits:
        raise CliError(
            f"{folder}: expected a split called train. It has "
            f"{', '.join(splits)}."
        )
    return splits["train"], splits.get("val")


def read_split(
    folder: Path, split: str | None, options: argparse.Namespace
) -> FolderDataset:
    """The images to measure on, of a folder in any format.

    Args:
        folder: What `open_dataset` takes.
        split: Which of its splits; by default "val", or the only one.
        options: Those of `add_reading` and `add_folder`.

    Raises:
        CliError: If there is no such split.
    """
    splits = read_folder(folder, options)
    if split is None and len(splits) == 1:
        return next(iter(splits.values()))
    chosen = splits.get(split or "val")
    if chosen is None:
        raise CliError(
            f"{folder}: it has no split {split or 'val'!r}. --split takes one "
            f"of {', '.join(splits)}."
        )
    return chosen


def choose_classes(
    dataset: InstanceDataset, class_names: Sequence[str], annotations: Path
) -> InstanceDataset:
    """The dataset with a model's classes: see `InstanceDataset.with_classes`.

    Args:
        dataset: The images.
        class_names: The model's.
        annotations: The annotation file, which messages name.

    Raises:
        CliError: If it has none of these classes.
    """
    if not set(class_names) & set(dataset.class_names):
        raise CliError(
            f"{annotations} has none of the model's classes. It has "
            f"{listed(dataset.class_names)}; the model has "
            f"{listed(class_names)}."
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chosen = dataset.with_classes(class_names)
    for warning in caught:
        warnings.warn(
            f"{annotations}: {warning.message}", warning.category, stacklevel=2
        )
    return chosen


def select_images(
    dataset: InstanceDataset,
    letterbox: Letterbox,
    limit: int | None = None,
    max_objects: int | None = None,
    min_object_size: float | None = None,
) -> InstanceDataset:
    """The images that `--limit`, `--max-objects`, ... ask for.

    Args:
        dataset: The images.
        letterbox: The model's, which says how large objects are on a canvas.
        limit: The first so many of the others.
        max_objects: See `InstanceDataset.with_objects`.
        min_object_size: See there.

    Raises:
        CliError: If no image is left.
    """
    if max_objects or min_object_size:
        dataset = dataset.with_objects(
            max_objects, min_object_size or 0.0, letterbox
        )
    if limit:
        dataset = dataset.subset(slice(limit))
    if not len(dataset):
        raise CliError(
            "No image is left to work on: the annotation file lists none, or "
            "--max-objects and --min-object-size exclude all of them."
        )
    return dataset


def check_images(
    dataset: InstanceDataset,
    on_error: OnError,
    intensity: Intensity = BY_TYPE,
) -> InstanceDataset:
    """Decodes each image once: see `InstanceDataset.check_images`.

    Args:
        dataset: The images.
        on_error: What to do about damaged ones.
        intensity: The model's.

    Raises:
        CliError: If all of them are damaged and left out.
    """
    checked = dataset.check_images(on_error, intensity=intensity)
    if not len(checked):
        raise CliError("No image is left to work on: all are damaged.")
    return checked
