"""What writers of every format share: the images, and what got lost."""

from __future__ import annotations

import collections
import os
import pathlib
import shutil
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._whole_files import whole_file, write_whole
from keras_solo.data.formats.reading import is_image
from keras_solo.data.records import Record

Lost = collections.Counter[str]
"""How many objects a format could not hold, by the reason."""


class Written(NamedTuple):
    """An image of a dataset and the file that it became."""

    record: Record
    path: pathlib.Path


def write_images(
    records: Iterable[Record], folder: pathlib.Path
) -> Iterator[Written]:
    """Writes the images of a dataset, each once.

    A file is copied as it is, an array becomes a PNG. It keeps its name, and
    the folders in it, unless that leads out of the folder.

    Args:
        records: The images.
        folder: Gets them.

    Yields:
        Each record and its new file, in the order of the records.

    Raises:
        ValueError: If two images would have the same name, or one is there.
        OSError: If one cannot be written.
    """
    taken: dict[str, Record] = {}
    seen = set()
    for record in records:
        if record.image_id in seen:
            continue
        seen.add(record.image_id)
        name = image_name(record)
        stem = os.path.splitext(name)[0]
        if stem in taken:
            raise ValueError(
                f"Expected images of different names. Received: {name!r} and "
                f"{image_name(taken[stem])!r}"
            )
        taken[stem] = record
        path = folder / name
        if path.exists():
            raise ValueError(f"{path} is there already.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if record.image_path is not None and not record.exif_orientation:
            with whole_file(path) as new:
                shutil.copyfile(record.image_path, new)
        else:
            _write_png(path, record.load_image())
        yield Written(record, path)


def image_name(record: Record) -> str:
    """What the file of an image is called: a path within a folder."""
    name = record.file_name.replace("\\", "/")
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") for part in parts)
    as_file = record.image_path is not None and not record.exif_orientation
    if not (plain and is_image(pathlib.Path(name))):
        suffix = record.image_path.suffix if record.image_path else ""
        name = f"{record.image_id}{suffix or '.png'}"
    return (
        name
        if as_file
        else str(pathlib.PurePosixPath(name).with_suffix(".png"))
    )


def _write_png(path: pathlib.Path, image: np.ndarray) -> None:
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    write_whole(path, data.tobytes())


def write_map(path: pathlib.Path, ids: np.ndarray) -> None:
    """Writes ids as a PNG of as few bits as they need.

    Args:
        path: The file.
        ids: Integers from 0 to 65535.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    dtype = np.uint8 if ids.max(initial=0) < 256 else np.uint16
    write_whole(path, cv2.imencode(".png", ids.astype(dtype))[1].tobytes())
