"""Where an export goes: all of it, or nothing."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator

from keras_solo._whole_files import PREFIX, NotWritten
from keras_solo.export.card import card_path


def check_place(path: pathlib.Path) -> None:
    """Raises an error if nothing can or may be written to a path.

    Raises:
        FileExistsError: If there is a folder, or a file of weights that would
            be written over, which no export wrote.
        NotADirectoryError: If it would be within a file.
    """
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise NotADirectoryError(
                f"{path} cannot be written: {parent} is a file."
            )
    if path.is_dir() and any(path.iterdir()) and not _is_ours(path):
        raise FileExistsError(
            f"{path} is a folder with other things in it, which stay: export "
            "to a path where nothing is."
        )

    weights = path.with_suffix(".bin")
    if path.suffix == ".xml" and weights.exists() and not _is_known(path):
        raise FileExistsError(
            f"{weights} is there, which an export to {path} would write over."
        )


def _is_known(path: pathlib.Path) -> bool:
    """Whether a JSON of an export stands beside a path."""
    return card_path(path).is_file()


def _is_ours(folder: pathlib.Path) -> bool:
    """Whether an export wrote a folder."""
    saved = (folder / "saved_model.pb").is_file()
    return saved and _is_known(folder)


@contextlib.contextmanager
def new_place(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A path of the same name elsewhere on the disk, to write to.

    In the end all that stands beside it takes its place beside `path`; after
    an error nothing does.

    Args:
        path: A file or a folder; what an export wrote there is replaced.

    Raises:
        NotWritten: If the system refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=PREFIX
        ) as folder:
            new = pathlib.Path(folder, "new", path.name)
            new.parent.mkdir()
            yield new
            for one in sorted(new.parent.iterdir()):
                _replace(one, path.with_name(one.name), pathlib.Path(folder))
    except OSError as error:
        raise NotWritten(path, error) from error


def _replace(
    new: pathlib.Path, path: pathlib.Path, folder: pathlib.Path
) -> None:
    if path.is_dir():  # no system replaces a folder with something in it
        path.rename(folder / f"old-{path.name}")
    os.replace(new, path)
