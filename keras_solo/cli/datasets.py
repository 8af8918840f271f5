"""COCO-format folders for the commands: read, selected, checked."""

import pathlib
import warnings
from collections.abc import Iterable

from keras_solo.cli.errors import CliError
from keras_solo.data import CocoDataset, InstanceDataset
from keras_solo.data.check import OnError
from keras_solo.geometry import Letterbox

Path = str | pathlib.Path


def read_dataset(
    annotations: Path, images: Path, on_error: OnError
) -> CocoDataset:
    """A `CocoDataset` whose images are not decoded yet.

    Args:
        annotations: The annotation file.
        images: The folder that its file names start from.
        on_error: `"raise"` or `"skip"` wrong annotations.
    """
    return CocoDataset(
        annotations, images, on_error=on_error, check_images=False
    )


def with_classes(
    dataset: InstanceDataset, class_names: Iterable[str], annotations: Path
) -> InstanceDataset:
    """A dataset with a model's labels; what is said names the file.

    Args:
        dataset: The images.
        class_names: The model's.
        annotations: The file that the dataset was read from.

    Raises:
        CliError: If it has none of the classes.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            dataset = dataset.with_classes(class_names)
        except ValueError as error:
            raise CliError(f"{annotations}: {error}") from error
    for warning in said:
        warnings.warn(f"{annotations}: {warning.message}", stacklevel=2)
    return dataset


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
    dataset: InstanceDataset, on_error: OnError
) -> InstanceDataset:
    """Decodes each image once: see `InstanceDataset.check_images`.

    Raises:
        CliError: If all of them are damaged and left out.
    """
    checked = dataset.check_images(on_error)
    if not len(checked):
        raise CliError("No image is left to work on: all are damaged.")
    return checked
