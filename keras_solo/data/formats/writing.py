"""What writers of every format share: the images, and what got lost."""

from __future__ import annotations

import collections
import os
import pathlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._printable import printable
from keras_solo._whole_files import whole_file, write_whole
from keras_solo.data.formats.reading import is_image
from keras_solo.data.masks import rasterize
from keras_solo.data.records import ObjectAnnotation, Record

Lost = collections.Counter[str]
"""How many objects a format could not hold, by the reason."""


class Written(NamedTuple):
    """An image of a dataset and the file that it became."""

    record: Record
    path: pathlib.Path


class Drawn(NamedTuple):
    """An object of an image and its mask, uint8 `(height, width)`."""

    item: ObjectAnnotation
    mask: np.ndarray


def write_images(
    records: Iterable[Record], folder: pathlib.Path
) -> Iterator[Written]:
    """Writes the images of a dataset, each once.

    A file is copied as it is; an array, a photo that is turned, and a file
    whose name is no image's become a PNG. It keeps its name, and the folders in
    it, unless that leads out of the folder.

    Args:
        records: The images.
        folder: Gets them.

    Yields:
        Each record and its new file, in the order of the records.

    Raises:
        ValueError: If two images would have the same name, or one is there.
        OSError: If one cannot be written.
    """
    taken: dict[str, str] = {}
    seen = set()
    for record in records:
        if record.image_id in seen:
            continue
        seen.add(record.image_id)
        name = image_name(record)
        other = taken.setdefault(os.path.splitext(name)[0], name)
        if len(taken) < len(seen):
            raise ValueError(
                f"Expected images of different names. Received: {name!r} and "
                f"{other!r}"
            )
        path = folder / name
        if path.exists():
            raise ValueError(f"{path} is there already.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if _is_copied(record) and record.image_path is not None:
            with whole_file(path) as new:
                shutil.copyfile(record.image_path, new)
        else:
            _write_png(path, record.load_image())
        yield Written(record, path)


def image_name(record: Record) -> str:
    """What the file of an image is called: a path within a folder."""
    name = printable(record.file_name.replace("\\", "/"))
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") for part in parts)
    if not (plain and is_image(pathlib.Path(name))):
        suffix = record.image_path.suffix if record.image_path else ".png"
        name = f"{record.image_id}{suffix}"
    if _is_copied(record):
        return name
    return str(pathlib.PurePosixPath(name).with_suffix(".png"))


def flat_name(record: Record) -> str:
    """The same without folders."""
    return image_name(record).replace("/", "_")


def _is_copied(record: Record) -> bool:
    """Whether an image is a file that others take for one, as it is."""
    path = record.image_path
    return path is not None and is_image(path) and not record.exif_orientation


def _write_png(path: pathlib.Path, image: np.ndarray) -> None:
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    write_whole(path, data.tobytes())


def drawn_objects(
    record: Record, lost: Lost, crowds: bool = False
) -> Iterator[Drawn]:
    """The objects of an image with their masks.

    Args:
        record: The image.
        lost: Gets the crowds, and the objects whose mask has no pixel.
        crowds: Whether to yield the crowds, too, before all others.

    Yields:
        Each object that has a mask.
    """
    objects: Sequence[ObjectAnnotation] = record.instances
    if crowds:
        objects = sorted(record.objects, key=lambda item: not item.is_crowd)
    else:
        lost["crowds"] += len(record.objects) - len(objects)
    for item in objects:
        mask = rasterize(item.segmentation, record.original_size)
        if mask.any():
            yield Drawn(item, mask)
        else:
            lost["objects without a pixel"] += 1
