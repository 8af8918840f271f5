"""Which epochs are on the disk."""

from keras_solo.training.saved_epoch import SavedEpoch, write_epoch
from keras_solo.training.saved_epochs import SavedEpochs
from tests.training.line import everything, make_model


def save(epochs, *numbers):
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    for number in numbers:
        saved = SavedEpoch(epochs.place(number), number, None, {})
        write_epoch(saved, model, "")


def numbers(epochs):
    return [saved.epoch for saved in epochs.found()[0]]


def test_none(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    assert epochs.found() == ([], []) and epochs.size() == 0
    epochs.keep({1})
    epochs.remove()
    assert not epochs.folder.exists()


def test_the_last_first(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    save(epochs, 2, 10_000, 9, 9999)
    assert numbers(epochs) == [10_000, 9999, 9, 2]
    content = everything(epochs.folder).values()
    assert epochs.size() == sum(map(len, content))
    epochs.keep({9, 3})
    assert numbers(epochs) == [9]
    epochs.remove()
    assert not epochs.folder.exists()


def test_damaged_ones_are_named(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    save(epochs, 1, 2, 3)
    (epochs.place(3) / "epoch.json").write_text("")
    (epochs.place(1) / "history.csv").write_text("x")
    whole, problems = epochs.found()
    assert [saved.epoch for saved in whole] == [2]
    assert "0003/epoch.json" in problems[0]
    assert "0001/history.csv" in problems[1] and len(problems) == 2


def test_what_is_not_ours_stays(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    save(epochs, 1)
    for name in ("mine/config.json", ".new-mine/config.json", "0002"):
        path = epochs.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    left = epochs.folder / ".new-0002"
    left.mkdir()
    (left / "config.json").write_text("half")
    epochs.remove()
    assert set(everything(epochs.folder)) == {
        "mine/config.json",
        ".new-mine/config.json",
        "0002",
    }
    assert not left.exists()
