"""The images and videos that somebody named on a command line."""

import glob
import itertools
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
    paths: Iterable[str | pathlib.Path],
    recursive: bool = False,
    output: str | pathlib.Path | None = None,
) -> Inputs:
    """The files that are named, and those in folders and patterns.

    A file that is named is a video by its suffix, and an image otherwise. In
    folders, and of patterns such as `photos/**/*.jpg`, those with a known
    suffix count that are not hidden, in the order of the alphabet.

    Args:
        paths: Files, folders, and patterns that no shell has expanded.
        recursive: Whether subfolders of folders are searched, too.
        output: A folder of results: where others are searched that it lies
            in, it is not, so that the same command finds the same files again.

    Raises:
        CliError: If a path does not exist, or a folder or a pattern leads to
            nothing.
    """
    found: dict[str, pathlib.Path] = {}
    for typed in paths:
        for path in _files(str(typed), recursive, output):
            found.setdefault(os.path.normcase(os.path.abspath(path)), path)
    files = list(found.values())
    return Inputs(
        [file for file in files if not is_video(file)],
        [file for file in files if is_video(file)],
    )


def is_video(path: pathlib.Path) -> bool:
    """Whether a file is a video by its name."""
    return path.suffix.lower() in VIDEOS


def _files(
    typed: str, recursive: bool, output: str | pathlib.Path | None
) -> list[pathlib.Path]:
    path = pathlib.Path(typed)
    # First of all: names of files may have brackets.
    if path.is_dir():
        return _in_folder(path, recursive, output)
    if path.is_file():
        return [path]
    if "://" in typed:
        raise CliError(f"{typed} is an address: download the file first.")
    if glob.has_magic(typed):
        return _of_pattern(typed, output)
    raise CliError(f"There is no file or folder {typed}.")


def _in_folder(
    folder: pathlib.Path, recursive: bool, output: str | pathlib.Path | None
) -> list[pathlib.Path]:
    inside = _known(folder.rglob("*") if recursive else folder.iterdir())
    inside = _not_results(inside, folder, output)
    if not inside:
        where = "" if recursive else " (--recursive searches its subfolders)"
        raise CliError(
            f"There is no image or video in the folder {folder}{where}. Known "
            f"are {', '.join(KNOWN)}."
        )
    return inside


def _of_pattern(
    pattern: str, output: str | pathlib.Path | None
) -> list[pathlib.Path]:
    inside = _known(map(pathlib.Path, glob.iglob(pattern, recursive=True)))
    parts = itertools.takewhile(
        lambda part: not glob.has_magic(part), pathlib.Path(pattern).parts
    )
    inside = _not_results(inside, pathlib.Path(*parts), output)
    if not inside:
        raise CliError(
            f"No image or video is called {pattern}. Known are "
            f"{', '.join(KNOWN)}; ** stands for folders within folders."
        )
    return inside


def _not_results(
    paths: list[pathlib.Path],
    searched: pathlib.Path,
    output: str | pathlib.Path | None,
) -> list[pathlib.Path]:
    """Those outside the folder of results, unless one searches in there."""
    if output is None:
        return paths
    results = pathlib.Path(os.path.realpath(output))
    if pathlib.Path(os.path.realpath(searched)).is_relative_to(results):
        return paths
    return [
        path
        for path in paths
        if not pathlib.Path(os.path.realpath(path.parent)).is_relative_to(
            results
        )
    ]


def _known(paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Those that are images or videos by their names, and not hidden."""
    return sorted(
        path
        for path in paths
        if path.suffix.lower() in KNOWN
        and not path.name.startswith(".")
        and path.is_file()
    )
