"""What a training leaves behind, and what it goes on from."""

import json
import math

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.training_folder import TrainingFolder


def interrupted(path, epochs, rows, settings):
    """A folder as a training leaves it that was interrupted."""
    folder = TrainingFolder(path)
    folder.begin(settings, restart=False)
    folder.backup.mkdir()
    metadata = folder.backup / "training_metadata.json"
    metadata.write_text(json.dumps({"epoch": epochs, "batch": 0}))
    folder.history.write_text("epoch,loss,val_loss\r\n" + rows)
    folder.best.write_text("best")
    return folder


def test_a_new_folder(tmp_path):
    folder = TrainingFolder(tmp_path / "a" / "b")
    folder.check(restart=False)
    folder.begin({"epochs": 3}, restart=False)
    assert folder.completed_epochs == 0
    assert json.loads(folder.settings.read_text()) == {"epochs": 3}
    assert folder.rows() == []
    assert folder.curves() == {}
    assert folder.best_epoch("loss", "min") is None


def test_going_on_forgets_what_was_not_backed_up(tmp_path):
    rows = "0,3.0,NA\r\n1,2.0,NA\r\n2,1.0,NA\r\n"
    folder = interrupted(tmp_path, 2, rows, {"epochs": 4})
    folder.check(restart=False)
    folder.begin({"epochs": 4}, restart=False)
    assert folder.completed_epochs == 2
    assert [row["epoch"] for row in folder.rows()] == ["0", "1"]
    assert folder.curves()["loss"] == [3.0, 2.0]
    assert all(math.isnan(value) for value in folder.curves()["val_loss"])
    assert folder.best_epoch("loss", "min") == (2, 2.0)
    assert folder.best_epoch("loss", "max") == (1, 3.0)
    assert folder.best_epoch("val_loss", "min") is None
    assert folder.best.exists()


def test_the_earliest_of_equals_is_best(tmp_path):
    rows = "0,1.0,0\r\n1,2.0,0\r\n2,2.0,0\r\n3,1.0,0\r\n"
    folder = interrupted(tmp_path, 4, rows, {})
    assert folder.best_epoch("loss", "max") == (2, 2.0)
    assert folder.best_epoch("loss", "min") == (1, 1.0)


def test_other_settings(tmp_path):
    settings = {"epochs": 4, "image_size": (64, 64), "batch_size": 8}
    folder = interrupted(tmp_path, 1, "0,3.0,NA\r\n", settings)
    folder.begin(settings, restart=False)
    with pytest.raises(CliError, match="batch-size was 8, is 4.*--restart"):
        folder.begin({**settings, "batch_size": 4}, restart=False)
    assert json.loads(folder.settings.read_text())["batch_size"] == 8
    folder.begin({**settings, "batch_size": 4}, restart=True)
    assert folder.completed_epochs == 0
    assert not folder.history.exists() and not folder.best.exists()


def test_interrupted_before_the_first_backup_was_whole(tmp_path):
    folder = interrupted(tmp_path, 1, "0,3.0,NA\r\n", {})
    (folder.backup / "training_metadata.json").write_text("")
    folder.begin({}, restart=False)
    assert not folder.backup.exists() and not folder.history.exists()


def test_a_finished_training_is_not_overwritten(tmp_path):
    folder = interrupted(tmp_path, 4, "0,3.0,NA\r\n", {})
    folder.model.mkdir()
    folder.check(restart=False)  # its weights may not be written yet
    folder.finish()
    assert not folder.backup.exists() and not folder.best.exists()
    with pytest.raises(CliError, match="finished training.*--restart"):
        folder.check(restart=False)
    folder.check(restart=True)
    folder.begin({}, restart=True)
    assert not folder.model.exists()
