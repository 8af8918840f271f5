"""The images and videos that somebody named on a command line."""

import glob
import os
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

from keras_solo.cli.errors import CliError

IMAGES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
KNOWN = (*IMAGES, *VIDEOS)


class Inputs(NamedTuple):
    """Files in the order in which they were named, each once."""

    images: list[pathlib.Path]
    videos: list[pathlib.Path]


def named_inputs(
    paths: Iterable[str | pathlib.Path], recursive: bool = False
) -> Inputs:
    """The files that are named, and those in folders and patterns.

    A file that is named is a video by its suffix, and an image otherwise. In
    folders, and of patterns such as `photos/**/*.jpg`, those with a known
    suffix count that are not hidden, in the order of the alphabet.

    Args:
        paths: Files, folders, and patterns that no shell has expanded.
        recursive: Whether subfolders of folders are searched, too.

    Raises:
        CliError: If a path does not exist, or a folder or a pattern leads to
            nothing.
    """
    found: dict[str, pathlib.Path] = {}
    for typed in paths:
        for path in _files(str(typed), recursive):
            found.setdefault(os.path.normcase(os.path.abspath(path)), path)
    files = list(found.values())
    return Inputs(
        [file for file in files if not is_video(file)],
        [file for file in files if is_video(file)],
    )


def is_video(path: pathlib.Path) -> bool:
    """Whether a file is a video by its name."""
    return path.suffix.lower() in VIDEOS


def _files(typed: str, recursive: bool) -> list[pathlib.Path]:
    path = pathlib.Path(typed)
    # First of all: names of files may have brackets.
    if path.is_dir():
        return _in_folder(path, recursive)
    if path.is_file():
        return [path]
    if "://" in typed:
        raise CliError(f"{typed} is an address: download the file first.")
    if glob.has_magic(typed):
        return _of_pattern(typed)
    raise CliError(f"There is no file or folder {typed}.")


def _in_folder(folder: pathlib.Path, recursive: bool) -> list[pathlib.Path]:
    inside = _known(folder.rglob("*") if recursive else folder.iterdir())
    if not inside:
        where = "" if recursive else " (--recursive searches its subfolders)"
        raise CliError(
            f"There is no image or video in the folder {folder}{where}. Known "
            f"are {', '.join(KNOWN)}."
        )
    return inside


def _of_pattern(pattern: str) -> list[pathlib.Path]:
    inside = _known(map(pathlib.Path, glob.iglob(pattern, recursive=True)))
    if not inside:
        raise CliError(
            f"No image or video is called {pattern}. Known are "
            f"{', '.join(KNOWN)}; ** stands for folders within folders."
        )
    return inside


def _known(paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Those that are images or videos by their names, and not hidden."""
    return sorted(
        path
        for path in paths
        if path.suffix.lower() in KNOWN
        and not path.name.startswith(".")
        and path.is_file()
    )
