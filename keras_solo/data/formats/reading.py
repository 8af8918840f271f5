"""How annotations of every format are read, and what comes of it."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from keras_solo._printable import shown
from keras_solo.data.formats.checks import (
    WrongEntry,
    annotated_size,
    raise_error,
)
from keras_solo.data.images import MAX_PIXELS, ImageError, stored_size
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

# In the order of their names, these hold images.
SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"),
    *(".avif", ".jp2", ".jpe", ".jfif", ".ppm", ".pgm", ".pnm"),
)

# The class of objects for which the files name none.
UNNAMED = "object"


class Place(NamedTuple):
    """Where one split of a dataset lies.

    Attributes:
        split: What it is called: "train", "val", "test", or as its file.
        annotations: The file or the folder of annotations.
        images: The folder of the images, where that is known beforehand.
        subset: What the split is called in a file that has several.
    """

    split: str
    annotations: pathlib.Path
    images: pathlib.Path | None = None
    subset: str | None = None


class Found(NamedTuple):
    """What stands in one split.

    Attributes:
        records: The images and their objects.
        categories: The name of each category id, label by label.
    """

    records: Sequence[Record]
    categories: dict[int, str]


@dataclasses.dataclass(frozen=True)
class Reading:
    """How to read.

    Args:
        root: The folder that no path may leave.
        report: Called with what is wrong with an image or an object, which is
            then left out.
        exif_orientation: Whether the annotations are of images that are
            turned as their EXIF tags say.
        max_pixels: Larger images are wrong.
        allow_outside: Whether paths may leave the folder all the same.
        class_name: The class of objects for which the files name none.

    Raises:
        ValueError: If `class_name` is no text, or empty.
    """

    root: pathlib.Path
    report: Callable[[str], None] = raise_error
    exif_orientation: bool = False
    max_pixels: int = MAX_PIXELS
    allow_outside: bool = False
    class_name: str = UNNAMED

    def __post_init__(self) -> None:
        name = self.class_name
        if not isinstance(name, str) or not name.strip():
            raise ValueError(
                "Expected class_name as the name of a class. "
                f"Received: {name!r}"
            )

    def inside(self, path: pathlib.Path) -> pathlib.Path:
        """A path that a file names, if it is one of this folder.

        Links are followed: somebody put them there.

        Raises:
            WrongEntry: If it leads elsewhere.
        """
        plain = pathlib.Path(os.path.abspath(path))
        inside = plain.is_relative_to(os.path.abspath(self.root))
        if not (inside or self.allow_outside):
            raise WrongEntry(
                f"it leads out of the folder, to {shown(str(path))}; "
                "allow_outside=True, on the command line --allow-outside, "
                "permits it"
            )
        return path

    def image_size(self, path: pathlib.Path) -> Size:
        """The size of an image, by its header.

        Raises:
            WrongEntry: If it is missing, no image, or too large.
        """
        try:
            size = stored_size(path, self.exif_orientation)
        except ImageError as error:
            raise WrongEntry(str(error).rstrip(".")) from error
        return annotated_size(*size, self.max_pixels)

    def record(
        self,
        image_id: int,
        path: pathlib.Path,
        size: Size,
        objects: list[ObjectAnnotation],
        folder: pathlib.Path,
    ) -> Record:
        """An image file and its objects."""
        return Record(
            image_id=image_id,
            original_size=size,
            objects=tuple(objects),
            image_path=path,
            file_name=os.path.relpath(path, folder).replace(os.sep, "/"),
            exif_orientation=self.exif_orientation,
            max_pixels=self.max_pixels,
        )


def image_files(folder: pathlib.Path, deep: bool = False) -> list[pathlib.Path]:
    """The image files of a folder, by name.

    Args:
        folder: Where to look.
        deep: Whether in the folders within, too.
    """
    found = folder.rglob("*") if deep else folder.iterdir()
    return sorted(p for p in found if is_image(p) and p.is_file())


def is_image(path: pathlib.Path) -> bool:
    """Whether a file is an image, by its name."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
