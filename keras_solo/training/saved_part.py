"""A training on the disk as it was within an epoch."""

import dataclasses
import pathlib

import keras

from keras_solo._whole_files import remove_own, reserve
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

VALUES = "values.npz"
# Where in the training it is, and the checksum of the values.
STATE = "part.json"
FILES = (STATE, VALUES)


@dataclasses.dataclass(frozen=True)
class SavedPart:
    """What a training was within an epoch.

    Args:
        folder: Where it is.
        epoch: Completed epochs before it.
        batches: How many of the next epoch are done.
        settings: What the training depends on.
    """

    folder: pathlib.Path
    epoch: int
    batches: int
    settings: Settings


def part_folder(epochs: pathlib.Path, epoch: int, batches: int) -> pathlib.Path:
    """Where a part is saved.

    Args:
        epochs: The folder of all epochs.
        epoch: Completed epochs before it.
        batches: How many of the next one are done.

    Example:

    >>> part_folder(pathlib.Path("epochs"), 7, 120).name
    '0007-000120'
    """
    return epochs / f"{epoch:04d}-{batches:06d}"


def part_bytes(model: keras.Model) -> int:
    """The most that a part takes on the disk.

    Args:
        model: Compiled; its optimizer is built.
    """
    return values_bytes(_variables(model)) + 64 * 1024


def write_part(part: SavedPart, model: keras.Model) -> None:
    """Saves a part beside its place, and renames it: all or nothing.

    Args:
        part: What it is, and where it belongs.
        model: As it is.

    Raises:
        NotWritten: If the system refuses.
    """

    def fill(folder: pathlib.Path) -> None:
        reserve(folder / VALUES, part_bytes(model))
        write_values(folder / VALUES, _variables(model))
        state: State = {
            "epoch": part.epoch,
            "batches": part.batches,
            "settings": part.settings,
        }
        write_state(folder / STATE, state)

    write_folder(part.folder, fill, FILES)


def read_part(folder: pathlib.Path) -> SavedPart:
    """What `write_part` saved, every byte of it checked.

    Args:
        folder: Where it is.

    Raises:
        DamagedFolder: If anything is not what was written.
    """

    def place(state: State) -> pathlib.Path:
        return part_folder(folder.parent, state["epoch"], state["batches"])

    state = read_state(folder / STATE, FILES, place)
    return SavedPart(
        folder, state["epoch"], state["batches"], state["settings"]
    )


def restore_part(part: SavedPart, model: keras.Model) -> None:
    """Makes a model, its optimizer and its metrics what they were.

    Args:
        part: Of the same architecture.
        model: Compiled; its optimizer and its metrics are built.
    """
    read_values(part.folder / VALUES, _variables(model))


def _variables(model: keras.Model) -> list[keras.Variable]:
    """Weights, seeds, the optimizer's state, and metrics, each once."""
    every = [
        *model.variables,
        *model.optimizer.variables,
        *model.metrics_variables,
    ]
    return [*{id(variable): variable for variable in every}.values()]


def remove_part(folder: pathlib.Path) -> None:
    """Removes what `write_part` wrote, see `remove_own`.

    Args:
        folder: It need not exist.
    """
    remove_own(folder, FILES)
