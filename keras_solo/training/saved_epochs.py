"""The epochs that a training keeps on the disk: two, and which they are."""

import pathlib
import re
from collections.abc import Collection

from keras_solo._whole_files import PREFIX
from keras_solo.training.saved_epoch import (
    FILES,
    SavedEpoch,
    folder_of,
    read_epoch,
    remove_files,
)
from keras_solo.training.saved_parts import SavedParts
from keras_solo.training.whole_folder import DamagedFolder

NAME = re.compile(r"\d{4,}")
# The last epoch, the best (or the one before), and the one being written.
MOST = 3


class SavedEpochs:
    """The saved epochs of a training.

    There are two: the last, and the best so far; if they are one, the one
    before it. So there is always another to go on from, should the last be
    damaged.

    Args:
        folder: The folder of all of them; it need not exist.

    Attributes:
        parts: What is saved of the next epoch.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.parts: SavedParts = SavedParts(folder)

    def found(self) -> tuple[list[SavedEpoch], list[str]]:
        """Whole epochs, the last one first, and what is wrong with others."""
        whole, problems = [], []
        for path in sorted(self._folders(), key=_number, reverse=True):
            try:
                whole.append(read_epoch(path))
            except DamagedFolder as error:
                problems.append(str(error))
        return whole, problems

    def size(self) -> int:
        """Bytes that they take, and the parts."""
        return self.parts.size() + sum(
            path.stat().st_size
            for folder in self._folders()
            for path in folder.iterdir()
            if path.is_file()
        )

    def place(self, epoch: int) -> pathlib.Path:
        """Where an epoch belongs."""
        return folder_of(self.folder, epoch)

    def keep(self, epochs: Collection[int]) -> None:
        """Removes all but some epochs, and what a killed process left."""
        kept = {self.place(epoch) for epoch in epochs}
        for folder in self._folders():
            if folder not in kept:
                remove_files(folder)
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if NAME.fullmatch(path.name.removeprefix(PREFIX)) and (
                path.name.startswith(PREFIX)
            ):
                remove_files(path)

    def remove(self) -> None:
        """Removes all of them; what somebody else put there stays."""
        self.parts.keep(None)
        self.keep(())
        if self.folder.is_symlink() or not self.folder.is_dir():
            return
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _folders(self) -> list[pathlib.Path]:
        if not self.folder.is_dir():
            return []
        return [
            path
            for path in self.folder.iterdir()
            if NAME.fullmatch(path.name) and _has_any(path)
        ]


def _has_any(folder: pathlib.Path) -> bool:
    """Whether a folder has a file of ours."""
    return any((folder / name).exists() for name in FILES)


def _number(path: pathlib.Path) -> int:
    return int(path.name)
