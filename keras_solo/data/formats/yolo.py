"""YOLO segmentation: `data.yaml`, images, and a text file for each.

A line of a text file is a class id and the outline of one object, in parts of
the width and the height of the image.
"""

from __future__ import annotations

import collections
import pathlib
import warnings
from collections.abc import Iterable, Mapping

import yaml

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.formats.objects import polygons_object
from keras_solo.data.formats.reading import Found, Place, Reading, image_files
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.outlines import Part, bridged, mask_outlines
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

SPLITS = {"train": "train", "val": "val", "valid": "val", "test": "test"}
LARGEST = 1_000_000  # bytes of a data.yaml
# How far outside its image a corner may be, in parts of the image.
OUTSIDE = 0.01


def find(root: pathlib.Path) -> list[Place]:
    """The splits that a `data.yaml` names.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a split; none where it is no such dataset.
    """
    for path in sorted((*root.glob("*.yaml"), *root.glob("*.yml"))):
        content = _content(path)
        if content is not None:
            return [
                Place(SPLITS[key], path, folder)
                for key in SPLITS
                if (folder := _images(path, content, key)) is not None
            ]
    return []


def read(place: Place, reading: Reading) -> Found:
    """Reads one split.

    Images without a text file have no objects. Class ids are kept as category
    ids; they need not be 0, 1, 2, ...

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If `data.yaml` is wrong; and as `reading.report`.
    """
    names = _names(place.annotations)
    labels = {id_: label for label, id_ in enumerate(names)}
    folder = place.images or place.annotations.parent
    records = []
    for number, path in enumerate(image_files(folder, deep=True), start=1):
        try:
            size = reading.image_size(reading.inside(path))
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
            continue
        text = _label_path(path, reading.root)
        objects = _read_labels(text, size, labels, reading)
        records.append(reading.record(number, path, size, objects, folder))
    return Found(records, names)


class _Plain(yaml.SafeLoader):
    """Text, numbers, lists and dicts, and nothing that stands for another.

    A few lines of references that refer to references make gigabytes.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references are not read")
        return super().compose_node(parent, index)


def _content(path: pathlib.Path) -> Mapping[str, object] | None:
    """What stands in a `data.yaml`, if it is one."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        content = yaml.load(path.read_text(encoding="utf-8"), _Plain)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None
    if not isinstance(content, dict) or "names" not in content:
        return None
    return content if set(SPLITS) & set(map(str, content)) else None


def _images(
    path: pathlib.Path, content: Mapping[str, object], key: str
) -> pathlib.Path | None:
    """The folder of the images of a split, if it is there."""
    named = content.get(key)
    if not named:
        return None
    if not isinstance(named, str) or "\0" in named:
        warnings.warn(
            f"{path}: {key}: expected a folder, left out {shown(named)}.",
            stacklevel=2,
        )
        return None
    base = content.get("path")
    bases = [path.parent]
    if isinstance(base, str) and "\0" not in base:
        bases.insert(0, path.parent / base)
    # Roboflow writes "../train/images" for what lies beside the file.
    ways = (named, named.removeprefix("../"))
    for folder in (one / way for one in bases for way in ways):
        try:
            if folder.is_dir():
                return folder
        except OSError:  # a name too long
            continue
    warnings.warn(
        f"{path}: {key}: left out, there is no folder {shown(named)}.",
        stacklevel=2,
    )
    return None


def _names(path: pathlib.Path) -> dict[int, str]:
    """The name of each class id, in the order of ids."""
    names = (_content(path) or {}).get("names")
    pairs = list(
        enumerate(names) if isinstance(names, list) else names.items()
        if isinstance(names, dict) else ()
    )  # fmt: skip
    if not pairs or not all(
        type(id_) is int and 0 <= id_ < 2**31 and isinstance(name, str | int)
        for id_, name in pairs
    ):
        raise AnnotationError(
            f'{path}: expected "names", a list of names or a name for each '
            f"class id. Received: {shown(names)}"
        )
    found = {id_: str(name) for id_, name in sorted(pairs)}
    if len(set(found.values())) < len(found):
        raise AnnotationError(f"{path}: classes share a name: {shown(names)}.")
    return found


def _label_path(image: pathlib.Path, root: pathlib.Path) -> pathlib.Path:
    """The text file of an image: `labels` stands for the last `images`.

    Of what is outside the folder of the dataset, all folders count.
    """
    base = root if image.is_relative_to(root) else pathlib.Path(image.anchor)
    parts = list(image.with_suffix(".txt").relative_to(base).parts)
    places = [at for at, part in enumerate(parts[:-1]) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
    return base.joinpath(*parts)


def _read_labels(
    path: pathlib.Path,
    size: Size,
    labels: Mapping[int, int],
    reading: Reading,
) -> list[ObjectAnnotation]:
    """The objects of one image."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        reading.report(f"{path}: cannot be read: {error}.")
        return []
    objects = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            objects.append(read_line(line.split(), size, labels, number))
        except WrongEntry as error:
            reading.report(f"{path}: line {number}: {error}.")
    return objects


def read_line(
    words: list[str], size: Size, labels: Mapping[int, int], number: int
) -> ObjectAnnotation:
    """The object of one line.

    Args:
        words: A class id and the corners.
        size: (height, width) of the image in pixels.
        labels: The label of each class id.
        number: What the object is called.

    Raises:
        WrongEntry: If it is no outline in the image of a known class.
    """
    try:
        id_, corners = int(words[0]), [float(word) for word in words[1:]]
    except ValueError:
        raise WrongEntry(
            f"expected a class id and numbers, received {shown(words)}"
        ) from None
    if id_ not in labels:
        raise WrongEntry(f"its class {id_} is none of {shown(list(labels))}")
    if len(corners) == 4:
        raise WrongEntry(
            "it has a box (center x, center y, width, height) and no outline: "
            "this is a dataset for detection, not for segmentation"
        )
    if not all(-OUTSIDE <= value <= 1 + OUTSIDE for value in corners):
        raise WrongEntry(
            "expected corners from 0 to 1, in parts of the width and height; "
            f"received {shown(corners)}"
        )
    height, width = size
    scaled = [
        value * (height if at % 2 else width)
        for at, value in enumerate(corners)
    ]
    return polygons_object([scaled], labels[id_], size, number)


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes one split; classes are counted from 0, as most readers expect.

    An outline runs along the edges of pixels. Parts and holes of an object are
    joined to one outline by bridges without width.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset, which may have other splits.
        split: "train", "val" or "test".

    Returns:
        What was lost: crowds, and objects without a pixel.

    Raises:
        ValueError: If it is another split, or there are other classes than in
            the splits before.
    """
    if split not in SPLITS:
        raise ValueError(
            f"Expected a split of YOLO, one of {', '.join(SPLITS)}. "
            f"Received: {split!r}"
        )
    content = _with_split(root / "data.yaml", list(categories.values()), split)
    lost: Lost = collections.Counter()
    folder = root / "images" / split
    for record, path in write_images(records, folder):
        size = record.original_size
        text = "".join(
            outline_line(drawn.item.label, mask_outlines(drawn.mask), size)
            + "\n"
            for drawn in drawn_objects(record, lost)
        )
        target = _label_path(path, root)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text)
    write_whole(root / "data.yaml", yaml.safe_dump(content, sort_keys=False))
    return +lost


def outline_line(label: int, parts: list[Part], size: Size) -> str:
    """One object as a line, its parts and holes joined by bridges.

    Args:
        label: Its class.
        parts: At least one, in pixels.
        size: (height, width) of the image in pixels.
    """
    height, width = size
    outline = bridged(parts) / (width, height)
    numbers = " ".join(f"{value:.6f}" for value in outline.ravel())
    return f"{label} {numbers}"


def _with_split(
    path: pathlib.Path, names: list[str], split: str
) -> dict[str, object]:
    """What `data.yaml` says with one more split."""
    known = _content(path) or {}
    numbered = dict(enumerate(names))
    if known and _names(path) != numbered:
        raise ValueError(f"{path} has other classes: {shown(known['names'])}")
    return {
        "path": ".",
        **{key: known[key] for key in SPLITS if key in known},
        split: f"images/{split}",
        "names": numbered,
    }
