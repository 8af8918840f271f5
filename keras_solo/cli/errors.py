"""Errors that a person can act on, and checks that raise them early."""

import pathlib
import re

from keras_solo._printable import printable

Path = str | pathlib.Path


class CliError(Exception):
    """What is wrong with a command, in words for the person who typed it."""


# Advice for Python, and what the same is called here.
WORDS = {
    r"\bon_error=[\"']?(\w+)[\"']?": r"--on-error \1",
    r"[Pp]ass load_weights=False": "--no-weights takes it so",
    r"\bevaluator=[\"']?(\w+)[\"']?": r"--evaluator \1",
    r"\bbatch_size=(\d+)": r"--batch-size \1",
    r"\bexif_orientation=True": "--exif-orientation",
    r"\bexif_orientation=False": "no --exif-orientation",
    r"\bmax_pixels=(\d+)": r"--max-pixels \1",
}


def one_line(message: object) -> str:
    """An error or a warning on one line, safe for a terminal.

    Args:
        message: If it has no words, it is its class.
    """
    text = " ".join(str(message).split()) or type(message).__name__
    return printable(text)


def as_options(text: str) -> str:
    """A message whose advice is for the command line.

    Args:
        text: Of an error that Python users get, too.

    Example:

    >>> as_options('Correct the file, or pass on_error="skip".')
    'Correct the file, or pass --on-error skip.'
    """
    for words, options in WORDS.items():
        text = re.sub(words, options, text)
    return text


def existing_file(option: str, path: Path) -> pathlib.Path:
    """The path of a file.

    Args:
        option: What the person typed before it, for the message.
        path: The file.

    Raises:
        CliError: If there is none.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        raise CliError(f"{option}: expected a file, {path} is a folder.")
    if not path.is_file():
        raise CliError(f"{option}: there is no file {path}.")
    return path


def existing_folder(option: str, path: Path) -> pathlib.Path:
    """The path of a folder.

    Args:
        option: What the person typed before it, for the message.
        path: The folder.

    Raises:
        CliError: If there is none, or if nothing is in it.
    """
    path = pathlib.Path(path)
    if path.is_file():
        raise CliError(
            f"{option}: expected a folder, {path} is a file; {path.parent} "
            "is its folder."
        )
    if not path.is_dir():
        raise CliError(f"{option}: there is no folder {path}.")
    if not any(path.iterdir()):
        raise CliError(f"{option}: the folder {path} is empty.")
    return path


def output_folder(path: Path) -> pathlib.Path:
    """The path of a folder to write to, made if need be."""
    path = not_in_a_file("--output", path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def not_in_a_file(option: str, path: Path) -> pathlib.Path:
    """The path of a folder, which need not exist.

    Args:
        option: What the person typed before it, for the message.
        path: The folder.

    Raises:
        CliError: If it is a file, or would be in one.
    """
    path = pathlib.Path(path)
    for place in (path, *path.parents):
        if place.is_file():
            raise CliError(f"{option}: expected a folder, {place} is a file.")
    return path
