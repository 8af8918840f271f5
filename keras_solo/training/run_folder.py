"""What a training keeps in a folder, and how it goes on from there."""

import os
import pathlib
import warnings
from collections.abc import Iterable, Mapping

import keras
import numpy as np

from keras_solo.data.batches import Batches
from keras_solo.models.solov2 import SOLOv2
from keras_solo.training.backup import FILES as BACKUP_FILES
from keras_solo.training.backup import Backup, completed_epochs, mend
from keras_solo.training.best_weights import BestWeights
from keras_solo.training.coco_mask_ap import CocoMaskAP
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_history import (
    WriteHistory,
    best_of,
    forget_rows_after,
    read_curves,
)
from keras_solo.training.run_settings import (
    Settings,
    differences,
    read_settings,
    settings_of,
    settings_text,
)
from keras_solo.training.set_batches_epoch import SetBatchesEpoch
from keras_solo.training.stop_at_interrupt import StopAtInterrupt
from keras_solo.training.stop_at_non_finite import StopAtNonFinite
from keras_solo.training.write_whole import SUFFIX, write_whole
from keras_solo.visualization import draw_curves

# What a preset folder consists of.
PRESET_FILES = ("config.json", "metadata.json", "model.weights.h5")
# Changes that an error names; an optimizer has many.
NAMED = 5


class RunFolder:
    """A folder from which a training goes on after any interruption.

    Whatever ends it, Ctrl-C, an error, a killed process, the same lines run
    again go on with the next epoch, and the best weights become what they
    would have been without the interruption.

    While it runs, the folder has `backup/` (weights, optimizer and the number
    of epochs), `best.weights.h5`, `history.csv` (the logs of each epoch) and
    `training.json` (the settings). Afterwards `model/` holds the best weights
    as a preset folder, `curves.png` shows the history where matplotlib is
    installed, and the first two are gone.

    A folder is ours if it is new, empty, or has the settings file that we
    wrote. In any other nothing is written, and nothing that we did not write
    is ever removed.

    Args:
        path: The folder.

    Attributes:
        path: The folder.
        preset: The preset folder in it, once the training is finished.

    Example:

    ```python
    run = keras_solo.training.RunFolder("runs/first")
    run.begin(model, batches)
    measure = keras_solo.callbacks.CocoMaskAP(valid)
    model.fit(batches, epochs=12, callbacks=run.callbacks([measure]))
    run.finish()
    best = keras_solo.SOLOv2.from_preset(run.preset)
    ```
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: pathlib.Path = pathlib.Path(path)
        self.preset: pathlib.Path = self.path / "model"
        self._backup = self.path / "backup"
        self._best = self.path / "best.weights.h5"
        self._history = self.path / "history.csv"
        self._settings = self.path / "training.json"
        self._curves = self.path / "curves.png"
        self._training: tuple[SOLOv2, Batches] | None = None

    @property
    def completed_epochs(self) -> int:
        """Epochs of an unfinished training that need not be trained again."""
        return completed_epochs(self._backup)

    def check(self, restart: bool = False) -> None:
        """Raises if the folder is not ours, or its training is finished.

        `begin` does so too; this is for a check before data and model are
        loaded.

        Args:
            restart: Whether a finished training may be overwritten.

        Raises:
            RunFolderError: Names what is in the way.
        """
        self._check_owner()
        finished = self.preset.exists() and not self.completed_epochs
        if finished and not restart:
            raise RunFolderError(
                f"{self.path} holds a finished training.", can_restart=True
            )

    def _check_owner(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise RunFolderError(
                f"Expected a folder. Received: {self.path}, which is a file."
            )
        found = sorted(self.path.iterdir()) if self.path.is_dir() else []
        names = [path.name for path in found]
        if self._settings.name + SUFFIX in names:  # killed while it was written
            names.remove(self._settings.name + SUFFIX)
        if not names or read_settings(self._settings) is not None:
            return
        listed = ", ".join(names[:5])
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise RunFolderError(
            "Expected a new or empty folder, or one that a training of "
            f"keras-solo wrote. {self.path} holds {listed}{more}, which it did "
            "not write and will not touch."
        )

    def begin(
        self,
        model: SOLOv2,
        batches: Batches,
        settings: Mapping[str, object] | None = None,
        restart: bool = False,
    ) -> None:
        """Gets ready to start, or to go on after an interruption.

        A training goes on only with the same settings: those that are given,
        and what the model, its optimizer and the batches tell by themselves.

        Args:
            model: Compiled.
            batches: What it will be trained on.
            settings: What else the training depends on, as JSON can hold it,
                such as `{"epochs": 12}`.
            restart: Whether to forget what is there, and to begin anew.

        Raises:
            RunFolderError: If the folder is not ours, if its training is
                finished, or if the settings are not those of the training
                that was interrupted.
            TypeError: If JSON cannot hold a setting; nothing is changed.
        """
        self.check(restart)
        told, given = settings_of(model, batches), dict(settings or {})
        text = settings_text({**told, **given})
        if restart or not self.completed_epochs:
            self._clear()
        else:
            mend(self._backup)
            self._compare(told, given)
            forget_rows_after(self._history, self.completed_epochs)
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self._settings, text)
        self._training = model, batches

    def _compare(self, told: Settings, given: Settings) -> None:
        before = read_settings(self._settings) or {}
        # Other versions may not have written all that a model tells.
        known = {name: told[name] for name in told if name in before}
        known = {name: known[name] for name in known if name not in given}
        changes = differences(before, given) or differences(before, known)
        if changes:
            more = len(changes) - NAMED
            changes[NAMED:] = [f"and {more} more"] if more > 0 else []
            raise RunFolderError(
                f"{self.path} holds an interrupted training with other "
                f"settings: {'; '.join(changes)}. It goes on with the same.",
                can_restart=True,
            )

    def callbacks(
        self,
        callbacks: Iterable[keras.callbacks.Callback] = (),
        monitor: str | None = None,
        mode: str | None = None,
    ) -> list[keras.callbacks.Callback]:
        """The callbacks of `fit`, in an order that matters.

        Keras calls them in this order at the end of an epoch: measure; save
        the weights if they are the best; log; and back up last, so that what
        was backed up was also measured, saved and logged. Ctrl-C and a loss
        that is no number end the training.

        Args:
            callbacks: More of them, such as `CocoMaskAP`; they come before
                those that read the logs.
            monitor: The figure that says what is best. By default the first
                that a `CocoMaskAP` among the callbacks logs, else `"loss"`.
            mode: `"max"` if more is better, `"min"` if less is. By default
                `"min"` for losses, else `"max"`.

        Returns:
            A list for the `callbacks` argument of `fit`.

        Raises:
            RunFolderError: If `begin` was not called.
        """
        model, batches = self._begun()
        # Before the backup is read, so that it restores the optimizer.
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        given = list(callbacks)
        self._repeat_figures(given)
        monitor = monitor or _monitored(given)
        mode = mode or mode_of(monitor)
        best = self.best_epoch(monitor, mode)
        return [
            StopAtInterrupt(),
            StopAtNonFinite(),
            SetBatchesEpoch(batches),
            *given,
            BestWeights(
                str(self._best),
                monitor,
                mode,
                None if best is None else best[1],
            ),
            WriteHistory(self._history),
            Backup(self._backup),
        ]

    def _repeat_figures(
        self, callbacks: Iterable[keras.callbacks.Callback]
    ) -> None:
        """What is not measured in each epoch goes on with the last figures."""
        if not self.completed_epochs:
            return
        last = {name: values[-1] for name, values in self.curves().items()}
        for callback in callbacks:
            if isinstance(callback, CocoMaskAP):
                callback.repeat(last)

    def finish(self) -> None:
        """Writes the best weights and the curves; removes the backup.

        Afterwards the model has the best weights, too.

        Raises:
            RunFolderError: If `begin` was not called, or nothing was trained.
        """
        model, _ = self._begun()
        if not self._best.is_file():
            raise RunFolderError(
                f"Expected best weights in {self.path}. Received: none, since "
                "no epoch was trained to its end, or none logged the monitored "
                "figure."
            )
        model.load_weights(self._best)
        model.save_to_preset(self.preset)
        _remove(self._backup, BACKUP_FILES)
        self._best.unlink()
        self._draw_curves()

    def _draw_curves(self) -> None:
        curves = {
            name: values
            for name, values in self.curves().items()
            if np.isfinite(values).any()
        }
        if not curves:
            return
        try:
            draw_curves(curves).save(self._curves)
        except ImportError as error:
            warnings.warn(f"No curves: {error}", stacklevel=3)

    def curves(self) -> dict[str, list[float]]:
        """What was logged: names to values, one an epoch, NaN for nothing."""
        return read_curves(self._history)

    def best_epoch(
        self, monitor: str = "loss", mode: str | None = None
    ) -> tuple[int, float] | None:
        """The best epoch so far.

        Args:
            monitor: A name in the logs.
            mode: See `callbacks`.

        Returns:
            (epoch counted from 1, value), or None where nothing was logged.
        """
        return best_of(self.curves(), monitor, mode or mode_of(monitor))

    def _begun(self) -> tuple[SOLOv2, Batches]:
        if self._training is None:
            raise RunFolderError("Expected begin(model, batches) before this.")
        return self._training

    def _clear(self) -> None:
        """Removes all but the settings file: by it the folder stays ours."""
        _remove(self._backup, BACKUP_FILES)
        _remove(self.preset, PRESET_FILES)
        for path in (self._best, self._history):
            path.unlink(missing_ok=True)


def mode_of(monitor: str) -> str:
    """`"min"` for losses, `"max"` for what is not one."""
    return "min" if monitor.endswith("loss") else "max"


def _monitored(callbacks: Iterable[keras.callbacks.Callback]) -> str:
    for callback in callbacks:
        if isinstance(callback, CocoMaskAP):
            return callback.logged_names[0]
    return "loss"


def _remove(folder: pathlib.Path, names: Iterable[str]) -> None:
    """Removes files of ours, and their folder if nothing else is in it."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
