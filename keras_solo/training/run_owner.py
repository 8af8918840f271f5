"""Whether a folder may hold a training: whose it is, and how far it came."""

import pathlib
import shutil
import warnings

import keras

from keras_solo._whole_files import as_megabytes
from keras_solo.models import preset_folder
from keras_solo.training import run_files, saved_epochs, saved_parts
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import FORMAT, Manifest, read_manifest
from keras_solo.training.saved_epoch import needed_bytes
from keras_solo.training.saved_epochs import SavedEpochs
from keras_solo.training.saved_part import part_bytes

# Names that an error lists.
LISTED = 5


def owner(run: pathlib.Path, epochs: SavedEpochs) -> Manifest | None:
    """What a folder says of itself; None if it is new or empty.

    Args:
        run: The folder; it need not exist.
        epochs: Its saved epochs, which know the settings, too.

    Raises:
        RunFolderError: If it is somebody else's.
    """
    if run.exists() and not run.is_dir():
        raise RunFolderError(
            f"Expected a folder. Received: {run}, which is a file."
        )
    manifest = read_manifest(run / run_files.MANIFEST)
    names = run_files.strangers(run)
    if manifest is not None or not names:
        return manifest
    whole, _ = epochs.found()
    part, _ = epochs.parts.last(0)
    recorded = whole[0] if whole else part
    if recorded is not None:
        warnings.warn(
            f"{run / run_files.MANIFEST} is missing or damaged: what epoch "
            f"{recorded.epoch} recorded is taken instead.",
            stacklevel=3,
        )
        return Manifest(recorded.settings)
    listed = ", ".join(names[:LISTED])
    more = len(names) - LISTED
    raise RunFolderError(
        "Expected a new or empty folder, or one that a training of "
        f"keras-solo wrote. {run} holds {listed}"
        f"{f' and {more} more' if more > 0 else ''}, which it did not write "
        "and will not touch."
    )


def check_unfinished(
    run: pathlib.Path, manifest: Manifest, epochs: int
) -> None:
    """Raises if there is nothing to go on with.

    Args:
        run: The folder.
        manifest: What it says of itself.
        epochs: With how many it will have been trained; 0 if nobody said.

    Raises:
        RunFolderError: Names what is in the way.
    """
    if manifest.format != FORMAT:
        _check_old(run)
    elif manifest.finished and epochs <= manifest.finished:
        raise RunFolderError(
            f"{run} holds a finished training of {manifest.finished} epochs: "
            "it goes on where more are asked for.",
            can_restart=True,
        )


def check_known(run: pathlib.Path, manifest: Manifest) -> None:
    """Raises if this version does not know what is in a folder.

    Args:
        run: The folder.
        manifest: What it says of itself.

    Raises:
        RunFolderError: If a later version wrote it.
    """
    if manifest.format not in (0, 1, FORMAT):
        raise RunFolderError(
            f"{run} is of a later version of keras-solo, which it needs."
        )


def check_room(run: pathlib.Path, epochs: SavedEpochs, needed: int) -> None:
    """Raises if the disk has no room for a training.

    Args:
        run: The folder.
        epochs: Its saved epochs, which will make room.
        needed: Bytes.

    Raises:
        RunFolderError: Says how much there is.
    """
    there = shutil.disk_usage(run).free + epochs.size()
    if there < needed:
        raise RunFolderError(
            f"{run}: a training of this model needs {as_megabytes(needed)}, "
            f"and {as_megabytes(there)} are free."
        )


def run_bytes(model: keras.Model, with_parts: bool) -> int:
    """The most that a training takes on the disk.

    Args:
        model: Compiled; its optimizer is built.
        with_parts: Whether parts of epochs are saved.
    """
    size = saved_epochs.MOST * needed_bytes(model)
    if with_parts:
        size += saved_parts.MOST * part_bytes(model)
    return size + 2 * preset_folder.saved_bytes(model)


def _check_old(run: pathlib.Path) -> None:
    if run_files.old_training_is_unfinished(run):
        raise RunFolderError(
            f"{run} holds a training that keras-solo 0.1 did not finish: that "
            "version can go on with it.",
            can_restart=True,
        )
    if (run / run_files.MODEL).exists():
        raise RunFolderError(
            f"{run} holds a finished training.", can_restart=True
        )
