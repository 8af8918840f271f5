"""The state of a training after its last epoch, safe from any end."""

import json
import pathlib
import shutil

import keras

WEIGHTS, METADATA = "latest.weights.h5", "training_metadata.json"
BEFORE = ".bkp"
# What Keras's `BackupAndRestore` and this file write, in the order in which
# it may be removed: no number is left without its weights.
FILES = tuple(
    f"{name}{suffix}" for name in (METADATA, WEIGHTS) for suffix in (BEFORE, "")
)


class Backup(keras.callbacks.BackupAndRestore):
    """Keras's `BackupAndRestore` of each epoch, which may be killed any time.

    The backup is two files, the weights and the number of epochs. A process
    that is killed between them would leave the weights of one epoch with the
    number of another. So the pair before is kept, and the new pair counts
    only once its second file is written.

    Args:
        folder: Where the files are.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(str(folder), delete_checkpoint=False)
        self.folder = folder

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        if _epochs(self.folder):
            for name in (WEIGHTS, METADATA):
                shutil.copyfile(
                    self.folder / name, self.folder / (name + BEFORE)
                )
            (self.folder / METADATA).unlink()
        super().on_epoch_end(epoch, logs)


def completed_epochs(folder: pathlib.Path) -> int:
    """Epochs that a backup remembers; 0 without one."""
    return _epochs(folder) or _epochs(folder, BEFORE)


def mend(folder: pathlib.Path) -> None:
    """Goes back to the pair before, where the last one is not whole."""
    if _epochs(folder, BEFORE) and not _epochs(folder):
        # The number goes first and comes last: a backup counts with it.
        (folder / METADATA).unlink(missing_ok=True)
        for name in (WEIGHTS, METADATA):
            shutil.copyfile(folder / (name + BEFORE), folder / name)


def _epochs(folder: pathlib.Path, suffix: str = "") -> int:
    """The number of a pair of files; 0 if the pair is not whole."""
    if not (folder / (WEIGHTS + suffix)).is_file():
        return 0
    try:
        text = (folder / (METADATA + suffix)).read_text()
        return int(json.loads(text)["epoch"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
