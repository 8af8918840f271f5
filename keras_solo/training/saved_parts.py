"""The part of an epoch that a training keeps on the disk: the last one."""

import pathlib
import re

from keras_solo._whole_files import PREFIX
from keras_solo.training.saved_part import (
    FILES,
    SavedPart,
    part_folder,
    read_part,
    remove_part,
)
from keras_solo.training.whole_folder import DamagedFolder

NAME = re.compile(r"(\d{4,})-(\d{6,})")
# The last, and the one being written.
MOST = 2


class SavedParts:
    """The saved parts of an epoch that is not over.

    There is one, the last. It counts as long as the epoch before it is the
    last whole one.

    Args:
        folder: That of the epochs; it need not exist.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def last(self, epoch: int) -> tuple[SavedPart | None, list[str]]:
        """The last whole part, and what is wrong with others.

        Args:
            epoch: Completed epochs before it.
        """
        problems: list[str] = []
        for path in sorted(self._folders(), key=_place, reverse=True):
            if _place(path)[0] != epoch:
                continue
            try:
                return read_part(path), problems
            except DamagedFolder as error:
                problems.append(str(error))
        return None, problems

    def place(self, epoch: int, batches: int) -> pathlib.Path:
        """Where a part belongs."""
        return part_folder(self.folder, epoch, batches)

    def size(self) -> int:
        """Bytes that they take."""
        return sum(
            path.stat().st_size
            for folder in self._folders()
            for path in folder.iterdir()
            if path.is_file()
        )

    def keep(self, part: SavedPart | None) -> None:
        """Removes all others, and what a killed process left."""
        for folder in self._folders(PREFIX, ""):
            if part is None or folder != part.folder:
                remove_part(folder)

    def _folders(self, *prefixes: str) -> list[pathlib.Path]:
        if self.folder.is_symlink() or not self.folder.is_dir():
            return []
        return [
            path
            for prefix in prefixes or ("",)
            for path in self.folder.iterdir()
            if path.name.startswith(prefix)
            and NAME.fullmatch(path.name.removeprefix(prefix))
            and any((path / name).exists() for name in FILES)
        ]


def _place(path: pathlib.Path) -> tuple[int, int]:
    epoch, _, batches = path.name.partition("-")
    return int(epoch), int(batches)
