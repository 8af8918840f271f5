"""Whether the files of a preset are those that were written."""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Mapping

SUMS = "sha256"


def sum_of(path: pathlib.Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, SUMS).hexdigest()


def read_sums(path: pathlib.Path) -> dict[str, str]:
    """The checksums that stand in `metadata.json`, by the files' names.

    Args:
        path: The file. It need not exist, and need not have any: 0.1.0 and
            KerasHub write none.

    Raises:
        ValueError: If it is no JSON object, or if they are something else.
    """
    if not path.is_file():
        return {}
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        sums = dict(metadata.get(SUMS) or {})
        if not all(isinstance(one, str) for one in sums.values()):
            raise ValueError("the checksums are no text")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged: {error!r:.200}. verify=False loads the preset "
            "without it."
        ) from error
    return sums


def check_sum(path: pathlib.Path, sums: Mapping[str, str]) -> None:
    """Refuses a file that is not the one that was written.

    Args:
        path: The file.
        sums: What `read_sums` returned; a file that it lacks is not looked at.

    Raises:
        ValueError: Names the file.
    """
    known = sums.get(path.name)
    if known is None:
        return
    try:
        found = sum_of(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(
            f"{path} is missing or damaged: it cannot be read: {reason}."
        ) from error
    if found != known:
        raise ValueError(
            f"{path} is not the file that was written: its checksum is not "
            "that of metadata.json. If you changed it yourself, verify=False "
            "loads it."
        )
