"""What a training keeps in a folder, and how it goes on from there."""

import os
import pathlib
from collections.abc import Iterable, Mapping

import keras

from keras_solo._whole_files import write_whole
from keras_solo.data.batches import Batches
from keras_solo.models.around_solov2 import Trained
from keras_solo.training import run_files
from keras_solo.training.coco_mask_ap import CocoMaskAP
from keras_solo.training.run_end import nothing_trained, write_end
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_history import (
    best_of,
    curves_in,
    last_of,
    mode_of,
)
from keras_solo.training.run_lock import locked, unlock
from keras_solo.training.run_manifest import Manifest
from keras_solo.training.run_owner import (
    check_known,
    check_room,
    check_unfinished,
    owner,
    run_bytes,
)
from keras_solo.training.run_resume import last_whole, resumed
from keras_solo.training.run_settings import (
    Settings,
    checked_settings,
    settings_of,
)
from keras_solo.training.save_epoch import SaveEpoch
from keras_solo.training.save_part import SavePart
from keras_solo.training.saved_epoch import Best, SavedEpoch
from keras_solo.training.saved_epochs import SavedEpochs
from keras_solo.training.saved_part import SavedPart
from keras_solo.training.set_batches_epoch import SetBatchesEpoch
from keras_solo.training.stop_at_interrupt import StopAtInterrupt
from keras_solo.training.stop_at_non_finite import StopAtNonFinite


class RunFolder:
    """A folder from which a training goes on after any interruption.

    Whatever ends it, Ctrl-C, an error, a killed process, the same lines run
    again go on with the next epoch, and the best weights become what they
    would have been without the interruption.

    Every epoch is saved as a whole, with checksums. From the first on there
    are `best` and `last`, preset folders of the best weights so far and of
    those of the last epoch (links into `epochs/`), and `history.csv`, the
    figures of each epoch. In the end `model` is a preset folder of the best
    weights, without the optimizer's state, and `curves.png` shows the history
    where matplotlib is installed. `SOLOv2.from_preset` takes any of the three,
    and the folder itself, which means its best. On the disk are two epochs,
    and a third while it is written.

    A finished training goes on with more epochs: `begin` with a larger
    `"epochs"` in its settings. Its learning rate is then that of the schedule
    that `compile` was given, at the step where it is, as if the training had
    been so long from the start; epochs that are done stay as they are.

    A folder is ours if it is new, empty, or has the file `training.json` that
    we wrote. In any other nothing is written, and nothing that we did not
    write is ever removed. One process at a time trains in it.

    With `save_every_minutes` what is done of an epoch is saved, too, until the
    epoch itself is: a killed process loses no more than these minutes, and the
    step, save or measurement under way. Weights and logs become the same.

    Args:
        path: The folder.
        save_every_minutes: How often a training is saved within an epoch; 0 for
            after each batch. It may be another when a training goes on.

    Attributes:
        path: The folder.
        save_every_minutes: As above.
        best: Where the best weights so far are.
        last: Where those of the last epoch are.
        preset: Where the best weights are once the training is finished.
        planned_epochs: After `begin`, how many epochs it was to have before
            it was made longer, or None.

    Example:

    ```python
    run = keras_solo.training.RunFolder("runs/first")
    run.begin(model, batches, settings={"epochs": 12})
    measure = keras_solo.callbacks.CocoMaskAP(valid)
    model.fit(batches, epochs=12, callbacks=run.callbacks([measure]))
    run.finish()
    best = keras_solo.SOLOv2.from_preset("runs/first")
    ```
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        save_every_minutes: float | None = None,
    ) -> None:
        if save_every_minutes is not None and not save_every_minutes >= 0:
            raise ValueError(
                "Expected save_every_minutes to be None or at least 0. "
                f"Received: {save_every_minutes}"
            )
        self.path: pathlib.Path = pathlib.Path(path)
        self.save_every_minutes: float | None = save_every_minutes
        self.best: pathlib.Path = self.path / "best"
        self.last: pathlib.Path = self.path / "last"
        self.preset: pathlib.Path = self.path / "model"
        self.planned_epochs: int | None = None
        self._manifest = self.path / run_files.MANIFEST
        self._epochs = SavedEpochs(self.path / run_files.EPOCHS)
        self._training: tuple[Trained, Batches] | None = None
        self._saving: SaveEpoch | None = None
        self._settings: Settings = {}
        self._from: SavedEpoch | None = None
        self._parts: SavePart | None = None
        self._part: SavedPart | None = None

    @property
    def completed_epochs(self) -> int:
        """Epochs that need not be trained again."""
        saved = self._last()
        return 0 if saved is None else saved.epoch

    @property
    def completed_batches(self) -> int:
        """Batches of the next epoch that need not be trained again."""
        part = self._part if self._parts is None else self._parts.part
        return 0 if part is None else part.batches

    def check(self, restart: bool = False, epochs: int | None = None) -> None:
        """Raises if the folder is not ours, or its training is finished.

        `begin` does so, too; this is for before data and model are loaded.

        Args:
            restart: Whether a finished training may be overwritten.
            epochs: With how many it will have been trained: a finished
                training goes on if that is more than it has.

        Raises:
            RunFolderError: Names what is in the way.
        """
        manifest = owner(self.path, self._epochs)
        if manifest is not None:
            check_known(self.path, manifest)
            if not restart:
                check_unfinished(self.path, manifest, epochs or 0)

    def begin(
        self,
        model: Trained,
        batches: Batches,
        settings: Mapping[str, object] | None = None,
        restart: bool = False,
    ) -> None:
        """Gets ready to start, or to go on after an interruption.

        It goes on only with the same settings: those that are given, and what
        the model, its optimizer and the batches tell. Only `"epochs"` may
        grow, and with them the learning rate's schedule.

        Args:
            model: Compiled; also a `Distiller`, whose student is saved.
            batches: What it will be trained on.
            settings: What else the training depends on, as JSON can hold it,
                such as `{"epochs": 12}`.
            restart: Whether to forget what is there, and to begin anew.

        Raises:
            RunFolderError: If the folder is not ours, its training finished or
                of other settings, if another process trains in it, or if the
                disk has no room.
            TypeError: If JSON cannot hold a setting; nothing is changed.
        """
        told, given = settings_of(model, batches), dict(settings or {})
        now = checked_settings({**told, **given})
        epochs = now.get("epochs")
        longest = epochs if isinstance(epochs, int) else None
        self.check(restart, longest)
        self._from = self._saving = self._parts = self._part = None
        self.planned_epochs = None
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            manifest = owner(self.path, self._epochs)
            check_room(self.path, self._epochs, self.needed_bytes(model))
            text = Manifest(now, run_files.NAMES, os.getpid()).text()
            if restart and manifest is not None:
                # Killed on the way, it is an unfinished training.
                old = Manifest(manifest.settings, run_files.NAMES)
                write_whole(self._manifest, old.text())
                run_files.clear(self.path, self._epochs)
            elif manifest is not None:
                found = resumed(self.path, self._epochs, manifest, now, given)
                self._from, self._part = found.last, found.part
                self.planned_epochs = found.planned_epochs
            write_whole(self._manifest, text)
        self._settings = now
        self._training = model, batches

    # === Space ===

    def needed_bytes(self, model: Trained) -> int:
        """The most that the folder will take on the disk.

        Args:
            model: Compiled.
        """
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        return run_bytes(model, self.save_every_minutes is not None)

    # === Training ===

    def callbacks(
        self,
        callbacks: Iterable[keras.callbacks.Callback] = (),
        monitor: str | None = None,
        mode: str | None = None,
    ) -> list[keras.callbacks.Callback]:
        """The callbacks of `fit`, in an order that matters.

        Keras calls them in this order: measure, then save what was measured.
        Ctrl-C, SIGTERM and a loss that is no number end the training.

        Args:
            callbacks: More of them, such as `CocoMaskAP`; they come before
                the one that saves.
            monitor: The figure that says what is best. By default the first
                that a `CocoMaskAP` among the callbacks logs, else `"loss"`.
            mode: `"max"` if more is better, `"min"` if less is. By default
                `"min"` for losses, else `"max"`.

        Returns:
            A list for the `callbacks` argument of `fit`.

        Raises:
            RunFolderError: If `begin` was not called.
        """
        _, batches = self._begun()
        # `fit` may be called again after an interruption.
        self._from = self._last()
        given = list(callbacks)
        measures = [one for one in given if isinstance(one, CocoMaskAP)]
        for measure in measures:
            # What is not always measured goes on with the last figures.
            measure.repeat(last_of(self.curves()))
        if monitor is None:
            monitor = measures[0].logged_names[0] if measures else "loss"
        self._saving = SaveEpoch(
            self.path,
            self._epochs,
            self._settings,
            monitor,
            mode or mode_of(monitor),
            self._from,
            measures,
        )
        return [
            StopAtInterrupt(),
            StopAtNonFinite(batches),
            SetBatchesEpoch(batches),
            *given,
            self._saving,
            *self._within(),
        ]

    def _within(self) -> list[keras.callbacks.Callback]:
        """What saves parts of epochs, or goes on from one; else nothing."""
        if self._parts is not None:
            self._part = self._parts.part
        minutes, part, self._parts = self.save_every_minutes, self._part, None
        if minutes is not None or part is not None:
            places = self._epochs.parts
            self._parts = SavePart(places, self._settings, minutes, part)
        return [] if self._parts is None else [self._parts]

    # === After ===

    def finish(self) -> None:
        """Writes the best weights as `model`, and the curves.

        Without `begin`, too. A model that was given to it has them afterwards.

        Raises:
            RunFolderError: If nothing was trained, or another process trains.
        """
        owner(self.path, self._epochs)
        if self._last() is None:
            raise nothing_trained(self.path)
        with locked(self.path):
            if self._training is None:
                self._from = last_whole(self.path, self._epochs)
            model = None if self._training is None else self._training[0]
            write_end(self.path, self._epochs, self._last(), model)
        unlock(self.path / run_files.LOCK)

    def curves(self) -> dict[str, list[float]]:
        """What was logged: names to values, one an epoch, NaN for nothing."""
        last = self._last()
        return {} if last is None else curves_in(last.history)

    def best_epoch(
        self, monitor: str | None = None, mode: str | None = None
    ) -> tuple[int, float] | None:
        """The best epoch so far.

        Args:
            monitor: A name in the logs; by default the one that said which
                weights are kept.
            mode: See `callbacks`.

        Returns:
            (epoch counted from 1, value), or None where nothing was logged.
        """
        if monitor is not None:
            return best_of(self.curves(), monitor, mode or mode_of(monitor))
        best = self.best_of_all
        return None if best is None else (best.epoch, best.value)

    @property
    def best_of_all(self) -> Best | None:
        """The epoch whose weights are kept as the best, if there is one."""
        last = self._last()
        return None if last is None else last.best

    def _begun(self) -> tuple[Trained, Batches]:
        if self._training is None:
            raise RunFolderError("Expected begin(model, batches) before this.")
        return self._training

    def _last(self) -> SavedEpoch | None:
        """What was saved last, from the disk if nothing is known yet."""
        if self._saving is not None and self._saving.last is not None:
            return self._saving.last
        if self._training is not None or self._from is not None:
            return self._from
        whole, _ = self._epochs.found()
        return whole[0] if whole else None
