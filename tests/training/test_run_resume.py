"""From where a training goes on, whatever happened to its files."""

import shutil
import warnings

import pytest

from keras_solo.models.preset_pointer import followed
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_history import with_row
from keras_solo.training.run_manifest import Manifest
from keras_solo.training.run_resume import (
    Resumed,
    check_same,
    last_part,
    last_whole,
    resumed,
)
from keras_solo.training.saved_epoch import Best, SavedEpoch, write_epoch
from keras_solo.training.saved_epochs import SavedEpochs
from keras_solo.training.saved_part import SavedPart, write_part
from tests.training.line import make_model


@pytest.fixture
def epochs(tmp_path):
    """Epochs 2 (the best) and 3 of a training, and its history."""
    found, model = SavedEpochs(tmp_path / "epochs"), make_model()
    model.optimizer.build(model.trainable_variables)
    history = ""
    for number, score in enumerate((1.0, 3.0, 2.0), start=1):
        history = with_row(history, number, {"score": score})
        if number > 1:
            best = Best(2, "score", 3.0)
            saved = SavedEpoch(found.place(number), number, best, {})
            write_epoch(saved, model, history)
    (tmp_path / "history.csv").write_text(history)
    return found


def quietly(run, epochs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return last_whole(run, epochs)


def test_nothing(tmp_path):
    assert quietly(tmp_path, SavedEpochs(tmp_path / "epochs")) is None


def test_whole(tmp_path, epochs):
    last = quietly(tmp_path, epochs)
    assert last.epoch == 3 and last.best == Best(2, "score", 3.0)
    assert followed(tmp_path / "best").resolve().name == "0002"
    assert followed(tmp_path / "last").resolve().name == "0003"


def test_killed_after_it_was_saved(tmp_path, epochs):
    """Neither paths nor history followed, and there is one epoch too many."""
    (tmp_path / "history.csv").write_text("epoch,score\n1,1.0\n2,3.0\n")
    (tmp_path / "last").symlink_to("epochs/0002")
    shutil.copytree(epochs.place(2), epochs.folder / ".new-0004")
    last = quietly(tmp_path, epochs)
    assert followed(tmp_path / "last").resolve().name == "0003"
    assert (tmp_path / "history.csv").read_text() == last.history
    assert not (epochs.folder / ".new-0004").exists()


@pytest.mark.parametrize("content", ["", "epoch,sc", "\x00" * 40, None])
def test_a_damaged_history(tmp_path, epochs, content):
    path = tmp_path / "history.csv"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.warns(UserWarning, match="history.csv was not what epoch 3"):
        last = last_whole(tmp_path, epochs)
    assert path.read_text() == last.history


def test_the_last_is_damaged(tmp_path, epochs):
    (epochs.place(3) / "config.json").write_text("")
    with pytest.warns(UserWarning, match="0003/config.json .* after epoch 2"):
        last = last_whole(tmp_path, epochs)
    assert last.epoch == 2 and last.best.epoch == 2
    assert followed(tmp_path / "last").resolve().name == "0002"


def test_the_best_is_damaged(tmp_path, epochs):
    (epochs.place(2) / "model.weights.h5").write_bytes(b"")
    with pytest.warns(UserWarning, match="best epoch, 2, are lost"):
        last = last_whole(tmp_path, epochs)
    assert last.epoch == 3 and last.best == Best(3, "score", 2.0)
    assert followed(tmp_path / "best").resolve().name == "0003"


def test_all_are_damaged(tmp_path, epochs):
    for number in (2, 3):
        (epochs.place(number) / "epoch.json").write_text("")
    with pytest.warns(UserWarning, match="0003/.*0002/.* begins anew"):
        assert last_whole(tmp_path, epochs) is None


def test_settings(tmp_path):
    check_same(tmp_path, {"a": 1, "b": 2}, {"a": 1}, {})
    check_same(tmp_path, {}, {"told": 1}, {})
    with pytest.raises(RunFolderError, match="given was None, is 1. It goes"):
        check_same(tmp_path, {}, {"given": 1}, {"given": 1})
    many = {str(number): number for number in range(9)}
    with pytest.raises(RunFolderError, match="4 was 0, is 4; and 4 more"):
        check_same(tmp_path, dict.fromkeys(many, 0) | {"0": 1}, many, {})


def test_longer(tmp_path):
    before = {"epochs": 3, "optimizer": {"learning_rate": 1, "clip": 1}}
    now = {"epochs": 4, "optimizer": {"learning_rate": 2, "clip": 1}}
    check_same(tmp_path, before, now, {})
    with pytest.raises(RunFolderError, match="epochs was 4, is 3"):
        check_same(tmp_path, now, before, {})
    now["optimizer"]["clip"] = 2
    with pytest.raises(RunFolderError, match="settings: optimizer.clip was 1"):
        check_same(tmp_path, before, now, {})


def save_parts(epochs, *places):
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    for epoch, batches in places:
        place = epochs.parts.place(epoch, batches)
        write_part(SavedPart(place, epoch, batches, {}), model)


def names(epochs):
    return {path.name for path in epochs.folder.iterdir()}


def test_goes_on_within_an_epoch(tmp_path, epochs):
    save_parts(epochs, (2, 9), (3, 4), (3, 5))
    found = resumed(tmp_path, epochs, Manifest({}), {}, {})
    assert (found.last.epoch, found.part.batches) == (3, 5)
    # What is older is of no use any more.
    assert names(epochs) == {"0002", "0003", "0003-000005"}
    with pytest.raises(RunFolderError, match="other settings: a was 1, is 2"):
        resumed(tmp_path, epochs, Manifest({"a": 1}), {"a": 2}, {"a": 2})


def test_a_part_without_its_epoch(tmp_path, epochs):
    """Its figures are lost: the epoch before it is what counts."""
    save_parts(epochs, (3, 5))
    (epochs.place(3) / "epoch.json").unlink()
    with pytest.warns(UserWarning, match="goes on after epoch 2"):
        found = resumed(tmp_path, epochs, Manifest({}), {}, {})
    assert found.last.epoch == 2 and found.part is None
    assert "0003-000005" not in names(epochs)


def test_a_part_of_the_first_epoch(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    assert resumed(tmp_path, epochs, Manifest({}), {}, {}) == Resumed()
    save_parts(epochs, (0, 5))
    now = {"epochs": 4}
    found = resumed(tmp_path, epochs, Manifest({"epochs": 3}), now, {})
    assert found.last is None and found.part.batches == 5
    assert found.planned_epochs == 3


def test_damaged_parts(tmp_path, epochs):
    save_parts(epochs, (3, 5), (3, 6))
    (epochs.parts.place(3, 6) / "values.npz").write_bytes(b"")
    with pytest.warns(UserWarning, match="goes on after batch 5 of epoch 4"):
        assert last_part(epochs, 3).batches == 5
    (epochs.parts.place(3, 5) / "part.json").write_text("")
    with pytest.warns(UserWarning, match="json cannot .* after epoch 3"):
        assert last_part(epochs, 3) is None
    assert names(epochs) == {"0002", "0003"}


def test_finished_and_nothing_is_there(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    with pytest.raises(RunFolderError, match="finished training of 3"):
        resumed(tmp_path, epochs, Manifest({}, finished=3), {}, {})
