"""Whose a run folder is: a file that says what wrote it, and how."""

import dataclasses
import json
import pathlib

from keras_solo.training.run_settings import Settings

# The key by which the file says whose it is, and the format of the folder.
MARK, FORMAT = "keras-solo-training", 2
# Version 0.1.0 wrote no mark; these settings are its own.
UNMARKED = {"recipe", "mask_targets", "training-data"}


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What the file says.

    Args:
        settings: What the training depends on.
        files: What this package writes into the folder: nothing else is ever
            removed.
        process: The number of the process that began or went on.
        finished: The number of epochs of a finished training.
        format: Of the folder.
    """

    settings: Settings
    files: tuple[str, ...] = ()
    process: int | None = None
    finished: int | None = None
    format: int = FORMAT

    def text(self) -> str:
        """The content of the file."""
        content = {
            MARK: self.format,
            "files": self.files,
            "process": self.process,
            "finished": self.finished,
            "settings": self.settings,
        }
        return json.dumps(content, indent=2)


def read_manifest(path: pathlib.Path) -> Manifest | None:
    """What a training wrote; None where no training wrote the file.

    Args:
        path: The file; it need not exist.

    Example:

    >>> path = pathlib.Path("training.json")
    >>> _ = path.write_text(Manifest({"epochs": 12}).text())
    >>> read_manifest(path).settings
    {'epochs': 12}
    >>> _ = path.write_text("[]")
    >>> read_manifest(path)
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    settings = found.get("settings")
    if found.get(MARK) == FORMAT and isinstance(settings, dict):
        return Manifest(
            settings,
            tuple(map(str, found.get("files") or ())),
            _whole_number(found.get("process")),
            _whole_number(found.get("finished")),
        )
    if MARK in found or found.keys() >= UNMARKED:
        # Of an earlier version, or of a later one.
        known = found.get(MARK, 1)
        return Manifest(found, format=known if isinstance(known, int) else 0)
    return None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) else None
