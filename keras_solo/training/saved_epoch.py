"""One epoch of a training on the disk: a preset folder, and the rest."""

import dataclasses
import pathlib

import keras

from keras_solo._whole_files import remove_own, reserve
from keras_solo.models import preset_folder
from keras_solo.models.around_solov2 import inside
from keras_solo.models.averages import averages_weights, final_weights
from keras_solo.training.run_settings import Settings
from keras_solo.training.variable_values import (
    read_values,
    values_bytes,
    write_values,
)
from keras_solo.training.whole_folder import (
    State,
    read_state,
    write_folder,
    write_state,
)

# The weights that training goes on with, where it averages them.
TRAINED = "trained_weights.npz"
# What the model's layers draw random numbers from.
SEEDS = "seeds.npz"
HISTORY = "history.csv"
# Of a model around a SOLOv2: the optimizer's state, and weights of its own.
AROUND = "around.npz"
# What epoch it is, and the checksums of all other files.
STATE = "epoch.json"
# The folder is a preset: its weights are those that training would end with,
# and the optimizer's state is beside them.
FILES = (STATE, *preset_folder.FILES, TRAINED, SEEDS, AROUND, HISTORY)


@dataclasses.dataclass(frozen=True)
class Best:
    """The best epoch so far.

    Args:
        epoch: Counted from 1.
        monitor: The name in the logs.
        value: What was logged.
    """

    epoch: int
    monitor: str
    value: float


@dataclasses.dataclass(frozen=True)
class SavedEpoch:
    """What a training was after an epoch.

    Args:
        folder: Where it is.
        epoch: Completed epochs.
        best: The best of them, or None if none was measured.
        settings: What the training depends on.
    """

    folder: pathlib.Path
    epoch: int
    best: Best | None
    settings: Settings

    @property
    def history(self) -> str:
        """The figures of all epochs so far, as `run_history` writes them."""
        return (self.folder / HISTORY).read_bytes().decode()


def folder_of(epochs: pathlib.Path, epoch: int) -> pathlib.Path:
    """Where an epoch is saved.

    Args:
        epochs: The folder of all of them.
        epoch: Completed epochs.

    Example:

    >>> folder_of(pathlib.Path("epochs"), 7).name
    '0007'
    """
    return epochs / f"{epoch:04d}"


def needed_bytes(model: keras.Model) -> int:
    """The most that a saved epoch takes on the disk.

    Args:
        model: Compiled; its optimizer is built.
    """
    size = preset_folder.saved_bytes(model) + preset_folder.HEADER
    if averages_weights(model.optimizer):
        size += values_bytes(model.trainable_weights)
    return size + values_bytes(_seeds(model))


def write_epoch(saved: SavedEpoch, model: keras.Model, history: str) -> None:
    """Saves an epoch beside its place, and renames it: all or nothing.

    Args:
        saved: What it is, and where it belongs.
        model: As it is after the epoch.
        history: The figures of all epochs so far.

    Raises:
        NotWritten: If the system refuses.
    """

    def fill(folder: pathlib.Path) -> None:
        _write_files(folder, model, history)
        best = None if saved.best is None else dataclasses.asdict(saved.best)
        state: State = {
            "epoch": saved.epoch,
            "best": best,
            "settings": saved.settings,
        }
        write_state(folder / STATE, state)

    write_folder(saved.folder, fill, FILES)


def _write_files(
    folder: pathlib.Path, model: keras.Model, history: str
) -> None:
    (folder / HISTORY).write_bytes(history.encode())
    weights = folder / preset_folder.WEIGHTS
    reserve(weights, needed_bytes(model))
    write_values(folder / SEEDS, _seeds(model))
    if around := _around(model):
        write_values(folder / AROUND, around)
    if averages_weights(model.optimizer):
        write_values(folder / TRAINED, model.trainable_weights)
    with final_weights(model):
        model.save_weights(weights)
    preset_folder.describe(inside(model), folder)


def read_epoch(folder: pathlib.Path) -> SavedEpoch:
    """What `write_epoch` saved, every byte of it checked.

    Args:
        folder: Where it is.

    Raises:
        DamagedFolder: If anything is not what was written.
    """

    def place(state: State) -> pathlib.Path:
        return folder_of(folder.parent, state["epoch"])

    state = read_state(folder / STATE, FILES, place)
    best = None if state["best"] is None else Best(**state["best"])
    return SavedEpoch(folder, state["epoch"], best, state["settings"])


def restore(saved: SavedEpoch, model: keras.Model) -> None:
    """Gives a model the weights and the optimizer's state of an epoch.

    Args:
        saved: The epoch.
        model: Of the same architecture, compiled; its optimizer is built.
    """
    model.load_weights(saved.folder / preset_folder.WEIGHTS)
    for name, variables in (
        (TRAINED, model.trainable_weights),
        (SEEDS, _seeds(model)),
        (AROUND, _around(model)),
    ):
        # Older versions wrote no seeds.
        if (saved.folder / name).is_file():
            read_values(saved.folder / name, variables)


def _seeds(model: keras.Model) -> list[keras.Variable]:
    """What Keras saves with no weights: the state of random numbers."""
    others = [*model.weights, *model.metrics_variables]
    known = {id(variable) for variable in others}
    return [v for v in model.variables if id(v) not in known]


def _around(model: keras.Model) -> list[keras.Variable]:
    """What the file of weights has not: nothing of a model by itself."""
    solov2 = inside(model)
    if solov2 is model:
        return []
    known = {id(variable) for variable in solov2.weights}
    own = [v for v in model.trainable_weights if id(v) not in known]
    return [*own, *model.optimizer.variables]


def remove_files(folder: pathlib.Path) -> None:
    """Removes what `write_epoch` wrote, see `remove_own`.

    Args:
        folder: It need not exist.
    """
    remove_own(folder, FILES)
