"""What `keras-solo train` keeps in its output folder, and how it goes on."""

import csv
import json
import math
import pathlib
import shutil

from keras_solo.cli.errors import CliError


class TrainingFolder:
    """The files of one training.

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
        """Raises if a finished training would be overwritten."""
        if self.model.exists() and not self.completed_epochs and not restart:
            raise CliError(
                f"{self.path} holds a finished training. Choose another "
                "--output, or begin anew with --restart."
            )

    def begin(self, settings, restart):
        """Gets ready to start, or to go on after an interruption.

        Args:
            settings: What the training depends on, as JSON can hold it.
            restart: Whether to forget what is there.

        Raises:
            CliError: If the settings are not those of the training that was
                interrupted.
        """
        if restart or not self.completed_epochs:
            self._clear()
        else:
            self._compare(settings)
            self._forget_rows_after(self.completed_epochs)
        self.path.mkdir(parents=True, exist_ok=True)
        self.settings.write_text(json.dumps(settings, indent=2))

    def finish(self):
        """Removes what was needed only to go on."""
        shutil.rmtree(self.backup, ignore_errors=True)
        self.best.unlink(missing_ok=True)

    def _clear(self):
        for path in (self.backup, self.model):
            shutil.rmtree(path, ignore_errors=True)
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


def _number(text):
    """`CSVLogger` writes "NA" for what is not in the logs."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan
