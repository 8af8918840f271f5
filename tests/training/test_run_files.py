"""Names in a run folder, and their removal."""

from keras_solo.training import run_files
from keras_solo.training.saved_epochs import SavedEpochs


def test_strangers(tmp_path):
    assert run_files.strangers(tmp_path / "missing") == []
    for name in ("training.lock", ".new-training.json", "b", "a"):
        (tmp_path / name).touch()
    assert run_files.strangers(tmp_path) == ["a", "b"]


def write(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_only_what_is_ours_goes(tmp_path):
    ours = [
        "epochs/0001/config.json",
        "epochs/0001/epoch.json",
        "epochs/.new-0002/model.weights.h5",
        "model/config.json",
        "history.csv",
        "curves.png",
        "targets.png",
        "best.weights.h5",
        "backup/latest.weights.h5",
    ]
    theirs = [
        "epochs/0001/mine",
        "epochs/mine/config.json",
        "model/mine",
        "backup/mine",
        "mine",
        "last/mine",
    ]
    for name in (*ours, *theirs):
        write(tmp_path / name)
    (tmp_path / "best").symlink_to("epochs/0001")
    run_files.clear(tmp_path, SavedEpochs(tmp_path / "epochs"))
    left = {
        str(path.relative_to(tmp_path))
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert left == set(theirs)
    assert not (tmp_path / "best").is_symlink()
    assert not (tmp_path / "epochs" / ".new-0002").exists()


def test_an_old_training(tmp_path):
    assert not run_files.old_training_is_unfinished(tmp_path)
    write(tmp_path / "backup" / "latest.weights.h5.bkp")
    assert run_files.old_training_is_unfinished(tmp_path)
