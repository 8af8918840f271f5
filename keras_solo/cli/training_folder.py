"""What `keras-solo train` keeps in its output folder, and how it goes on."""

import csv
import json
import math
import pathlib

from keras_solo.cli.errors import CliError

# The key by which the settings file says whose it is, and its format.
MARK, FORMAT = "keras-solo-training", 1
# Version 0.1.0 wrote no mark; these settings are its own.
UNMARKED = {"recipe", "mask_targets", "training-data"}
# What a preset folder and Keras's `BackupAndRestore` consist of.
MODEL_FILES = ("config.json", "metadata.json", "model.weights.h5")
BACKUP_FILES = tuple(
    f"{name}{suffix}"
    for name in ("latest.weights.h5", "training_metadata.json")
    for suffix in ("", ".bkp")
)


class TrainingFolder:
    """The files of one training.

    A folder is ours if it is new, empty, or has the settings file that we
    wrote. In any other nothing is written, and nothing that we did not write
    is ever removed.

    While it runs: `backup/` (Keras's `BackupAndRestore`), `best.weights.h5`,
    `history.csv` and `training.json`, the settings. Afterwards `model/` holds
    the best weights as a preset folder, and the first two are gone.

    Args:
        path: The folder.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.backup = self.path / "backup"
        self.best = self.path / "best.weights.h5"
        self.history = self.path / "history.csv"
        self.settings = self.path / "training.json"
        self.model = self.path / "model"

    @property
    def completed_epochs(self):
        """Epochs that the backup remembers; 0 without one."""
        try:
            text = (self.backup / "training_metadata.json").read_text()
            return int(json.loads(text)["epoch"])
        except (OSError, ValueError, KeyError):
            return 0

    def check(self, restart):
        """Raises if the folder is not ours, or its training is finished.

        Args:
            restart: Whether a finished training may be overwritten.

        Raises:
            CliError: Names what is in the way.
        """
        self._check_owner()
        if self.model.exists() and not self.completed_epochs and not restart:
            raise CliError(
                f"{self.path} holds a finished training. Choose another "
                "--output, or begin anew with --restart."
            )

    def _check_owner(self):
        found = sorted(self.path.iterdir()) if self.path.is_dir() else []
        if not found or _is_ours(self.settings):
            return
        names = ", ".join(path.name for path in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise CliError(
            f"--output: expected a new or empty folder, or one that "
            f"`keras-solo train` wrote. {self.path} holds {names}{more}, which "
            "it did not write and will not touch."
        )

    def begin(self, settings, restart):
        """Gets ready to start, or to go on after an interruption.

        Args:
            settings: What the training depends on, as JSON can hold it.
            restart: Whether to forget what is there.

        Raises:
            CliError: If the folder is not ours, or the settings are not those
                of the training that was interrupted.
        """
        self._check_owner()
        if restart or not self.completed_epochs:
            self._clear()
        else:
            self._compare(settings)
            self._forget_rows_after(self.completed_epochs)
        self.path.mkdir(parents=True, exist_ok=True)
        marked = {MARK: FORMAT, **settings}
        self.settings.write_text(json.dumps(marked, indent=2))

    def finish(self):
        """Removes what was needed only to go on."""
        _remove(self.backup, BACKUP_FILES)
        self.best.unlink(missing_ok=True)

    def _clear(self):
        _remove(self.backup, BACKUP_FILES)
        _remove(self.model, MODEL_FILES)
        for path in (self.best, self.history, self.settings):
            path.unlink(missing_ok=True)

    def _compare(self, settings):
        # Through JSON, which has no tuples.
        settings = json.loads(json.dumps(settings))
        try:
            before = json.loads(self.settings.read_text())
        except (OSError, ValueError):
            before = {}
        changes = [
            f"{name.replace('_', '-')} was {before.get(name)}, is {value}"
            for name, value in settings.items()
            if before.get(name) != value
        ]
        if changes:
            raise CliError(
                f"{self.path} holds an interrupted training with other "
                f"settings: {'; '.join(changes)}. Go on with the same, or "
                "begin anew with --restart."
            )

    # === History ===

    def rows(self):
        """The rows of history.csv, as dicts of text."""
        if not self.history.is_file():
            return []
        with open(self.history, newline="") as file:
            return list(csv.DictReader(file))

    def _forget_rows_after(self, epochs):
        """Leaves out what was logged but not backed up, and comes again."""
        if not self.history.is_file():
            return
        with open(self.history, newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
        place = header.index("epoch") if "epoch" in header else 0
        kept = [row for row in rows if row and int(row[place]) < epochs]
        with open(self.history, "w", newline="") as file:
            csv.writer(file).writerows([header, *kept])

    def curves(self):
        """Names to values, one an epoch; NaN where nothing was logged."""
        rows = self.rows()
        names = [name for name in (rows[0] if rows else {}) if name != "epoch"]
        return {name: [_number(row[name]) for row in rows] for name in names}

    def best_epoch(self, monitor, mode):
        """(epoch counted from 1, value) of the best row, or None."""
        values = self.curves().get(monitor, [])
        known = [
            (value, -epoch)
            for epoch, value in enumerate(values, start=1)
            if not math.isnan(value)
        ]
        if not known:
            return None
        sign = 1 if mode == "max" else -1
        value, epoch = max(known, key=lambda pair: (sign * pair[0], pair[1]))
        return -epoch, value


def _is_ours(settings):
    """Whether a settings file is one that a training wrote."""
    try:
        found = json.loads(settings.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and (
        MARK in found or found.keys() >= UNMARKED
    )


def _remove(folder, names):
    """Removes files of ours, and their folder if nothing else is in it."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _number(text):
    """`CSVLogger` writes "NA" for what is not in the logs."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan
