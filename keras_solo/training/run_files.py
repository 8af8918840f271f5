"""The names in a run folder, and how they are removed."""

import pathlib

from keras_solo._whole_files import PREFIX, remove_own
from keras_solo.models import preset_folder
from keras_solo.training.saved_epochs import SavedEpochs

MANIFEST = "training.json"
LOCK = "training.lock"
EPOCHS = "epochs"
LEADS = ("best", "last")
MODEL = "model"
HISTORY = "history.csv"
CURVES, TARGETS = "curves.png", "targets.png"
NAMES = (MANIFEST, LOCK, EPOCHS, *LEADS, MODEL, HISTORY, CURVES, TARGETS)
# Of version 0.1.0; the numbers go before their weights.
OLD_BEST = "best.weights.h5"
OLD_BACKUP = tuple(
    f"{name}{suffix}"
    for name in ("training_metadata.json", "latest.weights.h5")
    for suffix in (".bkp", "")
)


def strangers(run: pathlib.Path) -> list[str]:
    """The names in a folder that nothing has been trained in.

    Args:
        run: It need not exist.

    Returns:
        What is there beside a lock, and what a killed process left.
    """
    if not run.is_dir():
        return []
    names = {path.name for path in run.iterdir()}
    return sorted(names - {LOCK, PREFIX + MANIFEST})


def clear(run: pathlib.Path, epochs: SavedEpochs) -> None:
    """Removes what a training wrote, but what says that the folder is ours.

    Args:
        run: The folder.
        epochs: Its saved epochs.
    """
    for name in LEADS:
        _remove_lead(run / name)
    epochs.remove()
    remove_own(run / MODEL, preset_folder.FILES)
    for name in (HISTORY, CURVES, TARGETS, OLD_BEST):
        (run / name).unlink(missing_ok=True)
    remove_own(run / "backup", OLD_BACKUP)


def _remove_lead(path: pathlib.Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()


def old_training_is_unfinished(run: pathlib.Path) -> bool:
    """Whether a training of version 0.1.0 has a backup to go on from.

    Args:
        run: The folder.
    """
    return any((run / "backup" / name).is_file() for name in OLD_BACKUP)
