"""The end of a training: its best weights as a model, and its curves."""

import pathlib

from keras_solo._whole_files import write_whole
from keras_solo.models import preset_folder
from keras_solo.models.around_solov2 import Trained, inside
from keras_solo.models.solov2 import SOLOv2
from keras_solo.training import run_files
from keras_solo.training.run_curves import draw_run_curves
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_history import curves_in
from keras_solo.training.run_manifest import Manifest
from keras_solo.training.saved_epoch import SavedEpoch
from keras_solo.training.saved_epochs import SavedEpochs


def nothing_trained(run: pathlib.Path) -> RunFolderError:
    """The error that there is nothing to end with.

    Args:
        run: The folder of the training.
    """
    return RunFolderError(
        f"Expected best weights in {run}. Received: none, since no epoch "
        "was trained to its end, or none logged the figure."
    )


def write_end(
    run: pathlib.Path,
    epochs: SavedEpochs,
    last: SavedEpoch | None,
    model: Trained | None,
) -> None:
    """Writes the best weights as `model`, the curves, and that it is finished.

    Args:
        run: The folder of the training.
        epochs: Its saved epochs.
        last: The last of them.
        model: Gets the best weights; without one, one is made.

    Raises:
        RunFolderError: If nothing was trained.
    """
    if last is None or last.best is None:
        raise nothing_trained(run)
    best = epochs.place(last.best.epoch)
    if model is None:
        model = SOLOv2.from_preset(best)
    else:
        model.load_weights(best / preset_folder.WEIGHTS)
    inside(model).save_to_preset(run / run_files.MODEL)
    draw_run_curves(curves_in(last.history), run / run_files.CURVES)
    manifest = Manifest(last.settings, run_files.NAMES, finished=last.epoch)
    write_whole(run / run_files.MANIFEST, manifest.text())
