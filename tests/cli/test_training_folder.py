"""What a training leaves behind, and what it goes on from."""

import json
import math

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.training_folder import MARK, TrainingFolder


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
    settings = json.loads(folder.settings.read_text())
    assert settings == {MARK: 1, "epochs": 3}
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


# === What is not ours ===


def everything(path):
    return {
        file.relative_to(path): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file()
    }


@pytest.fixture
def somebodys(tmp_path):
    """A folder whose names are those that a training uses."""
    for name in ("backup/letters.txt", "model/car.txt", "history.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"my {name}")
    return tmp_path


@pytest.mark.parametrize("settings", [None, "", "[1]", '{"recipe": "soup"}'])
@pytest.mark.parametrize("restart", [False, True])
def test_a_folder_of_somebody_else_stays_as_it_is(somebodys, settings, restart):
    if settings is not None:
        (somebodys / "training.json").write_text(settings)
    before = everything(somebodys)
    folder = TrainingFolder(somebodys)
    for call in (folder.check, lambda restart: folder.begin({}, restart)):
        with pytest.raises(CliError, match="holds backup, history.csv, model"):
            call(restart=restart)
    assert everything(somebodys) == before


def test_many_files_are_counted(tmp_path):
    for number in range(7):
        (tmp_path / f"{number}.jpg").touch()
    with pytest.raises(CliError, match="4.jpg and 2 more"):
        TrainingFolder(tmp_path).check(restart=True)


def test_what_somebody_added_later_stays(tmp_path):
    folder = interrupted(tmp_path, 1, "0,3.0,NA\r\n", {})
    folder.model.mkdir()
    mine = [folder.backup / "mine.txt", folder.model / "mine.txt"]
    for path in mine:
        path.write_text("mine")
    (folder.model / "config.json").write_text("{}")
    folder.begin({}, restart=True)
    folder.finish()
    assert all(path.read_text() == "mine" for path in mine)
    assert [path.name for path in folder.model.iterdir()] == ["mine.txt"]


def test_a_folder_of_version_0_1_0_is_ours(tmp_path):
    settings = {"recipe": "reference", "mask_targets": "binary"}
    settings["training-data"] = "0123456789ab"
    (tmp_path / "training.json").write_text(json.dumps(settings))
    TrainingFolder(tmp_path).begin(settings, restart=False)
