"""Which formats there are, and which of them a folder is in."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from keras_solo.data.formats import (
    cityscapes,
    coco_folder,
    cvat,
    instance_png,
    labelme,
    object_pngs,
    panoptic,
    via,
    voc,
    yolo,
)
from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.splits import split_names
from keras_solo.data.formats.writing import Lost
from keras_solo.data.records import Record


class Format(NamedTuple):
    """A format of annotations.

    Attributes:
        name: What `open_dataset(format=)` calls it.
        description: What people call it.
        find: The splits in a folder; none if it is in another format.
        read: Reads one of them.
        write: Writes one.
    """

    name: str
    description: str
    find: Callable[[pathlib.Path], list[Place]]
    read: Callable[[Place, Reading], Found]
    write: Callable[
        [Iterable[Record], Mapping[int, str], pathlib.Path, str], Lost
    ]


class Layout(NamedTuple):
    """What a folder was recognised as."""

    format: Format
    places: list[Place]


# In this order: of several in a folder, the first is taken.
FORMATS = tuple(
    Format(name, description, module.find, module.read, module.write)
    for name, description, module in (
        ("coco", "COCO JSON", coco_folder),
        ("yolo", "YOLO segmentation", yolo),
        ("panoptic", "COCO panoptic", panoptic),
        ("labelme", "LabelMe JSON", labelme),
        ("via", "VGG Image Annotator", via),
        ("cvat", "CVAT for images", cvat),
        ("voc", "Pascal VOC", voc),
        ("cityscapes", "Cityscapes", cityscapes),
        ("object_pngs", "a PNG for each object", object_pngs),
        ("instance_png", "a PNG of instance ids", instance_png),
    )
)


def find_layouts(root: pathlib.Path, name: str | None = None) -> list[Layout]:
    """The formats that a folder is in.

    Args:
        root: The folder.
        name: Look for this one only.

    Returns:
        At least one, in the order of `FORMATS`.

    Raises:
        AnnotationError: If there is none.
        ValueError: If there is no format of that name.
    """
    names = [one.name for one in FORMATS]
    if name is not None and name not in names:
        raise ValueError(
            f"Expected format to be one of {', '.join(names)}. "
            f"Received: {name!r}"
        )
    if not root.is_dir():
        raise AnnotationError(_no_folder(root))
    chosen = [one for one in FORMATS if name in (None, one.name)]
    try:
        found = [Layout(one, one.find(root)) for one in chosen]
    except OSError as error:
        raise AnnotationError(f"{root}: cannot be read: {error}.") from error
    layouts = [_named(layout) for layout in found if layout.places]
    if not layouts:
        inside = sorted(os.listdir(root))[:10]
        raise AnnotationError(
            f"{root}: no dataset was found in it. Looked for "
            f"{', '.join(one.description for one in chosen)}; it has "
            f"{', '.join(map(repr, inside)) or 'nothing'}."
        )
    return layouts


def _no_folder(root: pathlib.Path) -> str:
    if not root.exists():
        return f"There is no folder {root}."
    return (
        f"{root} is no folder. Expected one with images and annotations: "
        f"{str(root.parent)!r}, perhaps."
    )


def _named(layout: Layout) -> Layout:
    """The same with the usual names of splits."""
    names = split_names([place.split for place in layout.places])
    return layout._replace(
        places=[
            place._replace(split=name)
            for place, name in zip(layout.places, names, strict=True)
        ]
    )
