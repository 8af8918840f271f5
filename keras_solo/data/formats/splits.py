"""What splits are called, and where files of annotations lie."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable

NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
# What stands around the name of a split: instances_train2017.json.
AROUND = r"(?:instances|panoptic|annotations|lvis_v\d)?[_.-]?(%s)[_.-]?\d*"
# So many files of a kind are looked at.
MOST = 200


def split_names(files: Iterable[str]) -> list[str]:
    """What splits are called, by the names of their files or folders.

    Args:
        files: Names without an ending.

    Returns:
        "train", "val" or "test" where a name says so, and no other one says
        the same; the name itself otherwise.

    Example:

    >>> split_names(["instances_train2017", "instances_val2017"])
    ['train', 'val']
    >>> split_names(["trainval"])
    ['trainval']
    """
    names = list(files)
    plain = [_split(name) for name in names]
    return [
        name if split is None or plain.count(split) > 1 else split
        for name, split in zip(names, plain, strict=True)
    ]


def _split(name: str) -> str | None:
    found = re.fullmatch(AROUND % "|".join(NAMES), name.lower())
    return NAMES[found[1]] if found else None


def json_files(root: pathlib.Path) -> list[pathlib.Path]:
    """Where files of a whole split may lie.

    Args:
        root: The folder of the dataset.

    Returns:
        The JSON files in it, in its `annotations`, and those of Roboflow in
        the folder of each split.
    """
    patterns = ("*.json", "annotations/*.json", "*/_annotations.coco.json")
    return [path for one in patterns for path in _first(root, one)]


def whole_files(root: pathlib.Path, ending: str) -> list[pathlib.Path]:
    """Files of a folder, and of the folders in it.

    Args:
        root: The folder of the dataset.
        ending: Of their names.
    """
    patterns = (f"*.{ending}", f"*/*.{ending}")
    return [path for one in patterns for path in _first(root, one)]


def _first(root: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """Where there are thousands, each is of one image, and not of a split."""
    return sorted(root.glob(pattern))[:MOST]
