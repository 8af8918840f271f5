"""Whether a folder may hold a training: whose it is, and how far it came."""

import pathlib
import warnings

from keras_solo.training import run_files
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import FORMAT, Manifest, read_manifest
from keras_solo.training.saved_epochs import SavedEpochs

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
    if whole:
        warnings.warn(
            f"{run / run_files.MANIFEST} is missing or damaged: what epoch "
            f"{whole[0].epoch} recorded is taken instead.",
            stacklevel=3,
        )
        return Manifest(whole[0].settings)
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
        _check_old(run, manifest.format)
    elif manifest.finished and epochs <= manifest.finished:
        raise RunFolderError(
            f"{run} holds a finished training of {manifest.finished} epochs: "
            "it goes on with more of them.",
            can_restart=True,
        )


def _check_old(run: pathlib.Path, written_by: int) -> None:
    if written_by not in (0, 1):
        raise RunFolderError(
            f"{run} is of a later version of keras-solo, which it needs."
        )
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
