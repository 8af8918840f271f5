"""Each epoch on the disk, as a whole, and the best one kept."""

import math
import pathlib
import warnings
from collections.abc import Sequence

import keras

from keras_solo._backend.heap import give_back_memory
from keras_solo._whole_files import write_whole
from keras_solo.models.finite_weights import non_finite
from keras_solo.models.preset_pointer import followed, point
from keras_solo.training import run_files
from keras_solo.training.coco_mask_ap import CocoMaskAP
from keras_solo.training.held_signals import held_signals
from keras_solo.training.run_history import with_row
from keras_solo.training.run_settings import Settings
from keras_solo.training.saved_epoch import (
    Best,
    SavedEpoch,
    restore,
    write_epoch,
)
from keras_solo.training.saved_epochs import SavedEpochs


class SaveEpoch(keras.callbacks.Callback):
    """Saves an epoch when it ends, and goes on after the last that was saved.

    It comes last of all callbacks: what is saved was also measured and logged.
    An epoch is there, as a whole, from one rename on; paths that lead to the
    best and the last follow, and only then the one before goes.

    Args:
        run: The folder of the training.
        epochs: Its saved epochs.
        settings: What the training depends on, saved along.
        monitor: The figure that says what is best.
        mode: `"max"` if more is better, `"min"` if less is.
        last: What to go on from, or None.
        measures: Callbacks whose figures count only where they measured.
    """

    def __init__(
        self,
        run: pathlib.Path,
        epochs: SavedEpochs,
        settings: Settings,
        monitor: str,
        mode: str,
        last: SavedEpoch | None = None,
        measures: Sequence[CocoMaskAP] = (),
    ) -> None:
        super().__init__()
        self.run: pathlib.Path = run
        self.epochs: SavedEpochs = epochs
        self.settings: Settings = settings
        self.monitor: str = monitor
        self.mode: str = mode
        self.last = last
        self.measures = measures

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self.last is not None:
            restore(self.last, self.model)
        # As Keras's `BackupAndRestore` does: `fit` begins there.
        self.model._initial_epoch = (
            None if self.last is None else self.last.epoch
        )
        after_fit = getattr(self.model, "after_fit", None)
        if after_fit is not None:
            after_fit.callback(self._forget_beginning)

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._forget_beginning()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._forget_beginning()

    def _forget_beginning(self) -> None:
        """Keras would begin there in every later `fit`, too."""
        self.model._initial_epoch = None

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        broken = non_finite(self.model)
        if broken:
            raise FloatingPointError(
                f"Weights became NaN or infinite in epoch {epoch + 1}, such as "
                f"{broken[0]}: the epoch is not saved."
            )
        measured = self._measured(logs or {})
        if epoch == 0 and self.monitor not in (logs or {}):
            warnings.warn(
                f"Expected {self.monitor!r} in the logs, to know the best "
                f"epoch. Received: {', '.join(logs or {})}",
                stacklevel=2,
            )
        number = epoch + 1
        before = self.last
        saved = SavedEpoch(
            self.epochs.place(number),
            number,
            self._best(number, measured),
            self.settings,
        )
        history = "" if before is None else before.history
        with held_signals():
            history = with_row(history, number, measured)
            write_epoch(saved, self.model, history)
            self.last = saved
            lead_to(self.run, self.epochs, saved)
            write_whole(self.run / run_files.HISTORY, history)
            kept = kept_beside(saved, before) | led_to(self.run / "best")
            self.epochs.keep(kept)
        # Else it grows a little each epoch, of what was evaluated and copied.
        give_back_memory()

    def _measured(self, logs: dict[str, float]) -> dict[str, float]:
        """Without figures that a callback only repeats."""
        repeated = {
            name
            for measure in self.measures
            if not measure.measured
            for name in measure.possible_names
        }
        return {
            name: float(value)
            for name, value in logs.items()
            if name not in repeated
        }

    def _best(self, epoch: int, logs: dict[str, float]) -> Best | None:
        best = None if self.last is None else self.last.best
        if best is not None and best.monitor != self.monitor:
            best = None
        value = logs.get(self.monitor, math.nan)
        sign = 1 if self.mode == "max" else -1
        if math.isnan(value) or (
            best is not None and sign * value <= sign * best.value
        ):
            return best
        return Best(epoch, self.monitor, value)


def lead_to(run: pathlib.Path, epochs: SavedEpochs, saved: SavedEpoch) -> None:
    """Makes `best` and `last` lead to the epochs that are.

    Args:
        run: The folder of the training.
        epochs: Its saved epochs.
        saved: The last of them.
    """
    if saved.best is not None:
        point(run / "best", epochs.place(saved.best.epoch))
    point(run / "last", saved.folder)


def led_to(path: pathlib.Path) -> set[int]:
    """The epoch that `best` leads to, which stays until another is there.

    Args:
        path: `best` in the folder of a training.
    """
    name = followed(path).resolve().name
    return {int(name)} if name.isdecimal() else set()


def kept_beside(saved: SavedEpoch, before: SavedEpoch | None) -> set[int]:
    """The two epochs that stay: the last, and the best or the one before.

    Args:
        saved: The last.
        before: The one before it, if there is one.
    """
    kept = {saved.epoch}
    if saved.best is not None:
        kept.add(saved.best.epoch)
    if len(kept) == 1 and before is not None:
        kept.add(before.epoch)
    return kept
