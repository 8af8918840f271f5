"""Whose a folder is."""

from types import SimpleNamespace

import pytest

from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import Manifest
from keras_solo.training.run_owner import (
    check_known,
    check_room,
    check_unfinished,
    owner,
    run_bytes,
)
from keras_solo.training.saved_epoch import (
    SavedEpoch,
    needed_bytes,
    write_epoch,
)
from keras_solo.training.saved_epochs import SavedEpochs
from keras_solo.training.saved_part import SavedPart, part_bytes, write_part
from tests.training.line import make_model


def ask(path):
    return owner(path, SavedEpochs(path / "epochs"))


def test_nobodys(tmp_path):
    assert ask(tmp_path / "new") is None
    assert ask(tmp_path) is None
    (tmp_path / "training.lock").touch()
    assert ask(tmp_path) is None


def test_ours(tmp_path):
    manifest = Manifest({"epochs": 3})
    (tmp_path / "training.json").write_text(manifest.text())
    (tmp_path / "notes.txt").write_text("mine")
    assert ask(tmp_path) == manifest


def test_somebody_elses(tmp_path):
    for number in range(7):
        (tmp_path / f"{number}.jpg").touch()
    with pytest.raises(RunFolderError, match="holds 0.jpg, .*4.jpg and 2 more"):
        ask(tmp_path)
    with pytest.raises(RunFolderError, match="Expected a folder"):
        ask(tmp_path / "0.jpg")


@pytest.mark.parametrize("damage", [None, "", "{", "[]", "\x00\x00"])
def test_the_epochs_know_it_too(tmp_path, damage):
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    saved = SavedEpoch(tmp_path / "epochs" / "0002", 2, None, {"epochs": 3})
    write_epoch(saved, model, "")
    if damage is not None:
        (tmp_path / "training.json").write_text(damage)
    with pytest.warns(UserWarning, match="training.json is missing or damaged"):
        assert ask(tmp_path) == Manifest({"epochs": 3})


def test_a_part_of_the_first_epoch_knows_it_too(tmp_path):
    save_part(tmp_path)
    with pytest.warns(UserWarning, match="what epoch 0 recorded is taken"):
        assert ask(tmp_path) == Manifest({"epochs": 3})


def save_part(path):
    model, parts = make_model(), SavedEpochs(path / "epochs").parts
    model.optimizer.build(model.trainable_variables)
    part = SavedPart(parts.place(0, 5), 0, 5, {"epochs": 3})
    write_part(part, model)
    return model


def test_the_space_it_takes(tmp_path):
    """What is there counts as free: it makes room."""
    model = save_part(tmp_path)
    assert SavedEpochs(tmp_path / "epochs").size() > 1000
    more = run_bytes(model, True) - run_bytes(model, False)
    assert more == 2 * part_bytes(model)
    assert run_bytes(model, False) > 3 * needed_bytes(model)


def test_finished(tmp_path):
    check_unfinished(tmp_path, Manifest({}), 0)
    check_unfinished(tmp_path, Manifest({}, finished=12), 13)
    for epochs in (0, 12):
        with pytest.raises(RunFolderError, match="training of 12 epochs.*more"):
            check_unfinished(tmp_path, Manifest({}, finished=12), epochs)


def test_of_other_versions(tmp_path):
    check_unfinished(tmp_path, Manifest({}, format=1), 0)
    (tmp_path / "model").mkdir()
    with pytest.raises(RunFolderError, match="finished training. .*restart"):
        check_unfinished(tmp_path, Manifest({}, format=1), 99)
    with pytest.raises(RunFolderError, match="later version") as error:
        check_known(tmp_path, Manifest({}, format=3))
    assert not error.value.can_restart


def test_room(tmp_path, monkeypatch):
    epochs = SavedEpochs(tmp_path / "epochs")
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    write_epoch(SavedEpoch(epochs.place(1), 1, None, {}), model, "")
    usage = SimpleNamespace(free=5_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    check_room(tmp_path, epochs, 5_000_000 + epochs.size())
    with pytest.raises(
        RunFolderError, match=r"needs 20 MB, and 5(.\d)? MB are"
    ):
        check_room(tmp_path, epochs, 20_000_000)
