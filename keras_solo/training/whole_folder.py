"""Folders that are there as a whole, with checksums of all their files."""

import contextlib
import hashlib
import json
import os
import pathlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypedDict

from keras_solo._whole_files import PREFIX, NotWritten, flush, remove_own
from keras_solo.training.run_settings import Settings

SUM = "sha256"


class State(TypedDict, total=False):
    """What a folder says of itself; each kind has some of it."""

    epoch: int
    batches: int
    best: dict[str, Any] | None
    settings: Settings
    files: dict[str, str]


class DamagedFolder(Exception):
    """Says which file of a folder is not what was written."""


def write_folder(
    folder: pathlib.Path,
    fill: Callable[[pathlib.Path], None],
    names: Collection[str],
) -> None:
    """Writes a folder beside its place, and renames it: all or nothing.

    Args:
        folder: Its place; a damaged one there makes room.
        fill: Writes files into the folder that it is given.
        names: Of all files that it may write.

    Raises:
        NotWritten: If the system refuses.
    """
    new = folder.with_name(PREFIX + folder.name)
    try:
        _make_room(new, names)
        new.mkdir(parents=True)
        fill(new)
        for name in os.listdir(new):
            flush(new / name)
        _make_room(folder, names)  # of a damaged one
        os.rename(new, folder)
        flush(folder.parent)
    except OSError as error:
        _forget(new, names)
        raise NotWritten(folder, error) from error
    except BaseException:
        _forget(new, names)
        raise


def _forget(folder: pathlib.Path, names: Collection[str]) -> None:
    with contextlib.suppress(OSError):
        remove_own(folder, names)


def _make_room(folder: pathlib.Path, names: Collection[str]) -> None:
    """Removes what is ours; a folder that holds more is put aside."""
    remove_own(folder, names)
    aside, count = folder.with_name(f"{folder.name}-kept"), 1
    while folder.exists() and aside.exists():
        count += 1
        aside = folder.with_name(f"{folder.name}-kept-{count}")
    if folder.exists():
        os.rename(folder, aside)


def write_state(path: pathlib.Path, state: State) -> None:
    """Writes what a folder is, with checksums of all that is in it so far.

    Args:
        path: A JSON file in the folder.
        state: What JSON can hold.
    """
    folder = path.parent
    sums = {name: _sum(folder / name) for name in sorted(os.listdir(folder))}
    whole = {**state, "files": sums}
    whole[SUM] = _text_sum(whole)
    path.write_text(json.dumps(whole, indent=2), encoding="utf-8")


def _sum(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text_sum(state: Mapping[str, object]) -> str:
    text = json.dumps(state, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_state(
    path: pathlib.Path,
    names: Collection[str],
    place: Callable[[State], pathlib.Path],
) -> State:
    """What `write_state` wrote, every byte of the folder checked.

    Args:
        path: The JSON file.
        names: Of all files that may be beside it.
        place: Where a folder of this state belongs.

    Raises:
        DamagedFolder: If anything is not what was written.
    """
    state = _read_json(path)
    if place(state) != path.parent:
        raise DamagedFolder(f"{path} is not what was written")
    for name, known in state["files"].items():
        if name not in names:
            raise DamagedFolder(f"{path} names {name}")
        file = path.with_name(name)
        try:
            found = _sum(file)
        except FileNotFoundError as error:
            raise DamagedFolder(f"{file} is missing") from error
        except OSError as error:
            raise DamagedFolder(f"{file} cannot be read") from error
        if found != known:
            raise DamagedFolder(f"{file} is not what was written")
    return state


def _read_json(path: pathlib.Path) -> State:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        known = state.pop(SUM)
        whole = _text_sum(state) == known
    except FileNotFoundError as error:
        raise DamagedFolder(f"{path} is missing") from error
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise DamagedFolder(f"{path} cannot be read") from error
    except (TypeError, RecursionError) as error:
        raise DamagedFolder(f"{path} is not what was written") from error
    if not whole:
        raise DamagedFolder(f"{path} is not what was written")
    found: State = state
    return found
