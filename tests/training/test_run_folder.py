"""RunFolder: an interrupted training goes on as if nothing had happened."""

import contextlib
import errno
import json
import math
import os
import pathlib
import random
import shutil
import subprocess
import sys
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_solo._whole_files import write_whole
from keras_solo.callbacks import CocoMaskAP
from keras_solo.data import ShapesDataset
from keras_solo.models import SOLOv2
from keras_solo.models.preset_pointer import followed
from keras_solo.training import RunFolder, RunFolderError, run_lock
from keras_solo.training.run_manifest import MARK
from keras_solo.training.saved_epochs import SavedEpochs
from tests.backend_use import once
from tests.training.line import EPOCHS, Rows, everything, flat, make_model


class Score(keras.callbacks.Callback):
    """Logs figures that are given, instead of a measurement."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.scores[epoch]


class Measured(CocoMaskAP):
    """A figure of the weights, measured in some epochs only."""

    def __init__(self, every):
        square = SimpleNamespace(class_names=("square",), category_ids=(1,))
        super().__init__(square, every, metrics=["mask_ap"])

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.epochs_measured = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch
        super().on_epoch_end(epoch, logs)

    def _evaluate(self):
        self.epochs_measured.append(self.epoch)
        return {"mask_ap": float(np.abs(flat(self.model)).sum())}


class Stop(keras.callbacks.Callback):
    """Interrupts training: before an epoch, or at its end."""

    def __init__(self, begin=None, end=None):
        super().__init__()
        self.begin, self.end = begin, end

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.begin:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.end:
            raise KeyboardInterrupt


SCORES = (1, 2, 3, 4, 4, 5)


def train(
    path, use_ema=True, scores=SCORES, stop=None, place=None, epochs=EPOCHS
):
    """Runs the user's lines; returns the run, its model, the epochs it saw."""
    model, rows, run = make_model(use_ema, epochs), Rows(), RunFolder(path)
    run.begin(model, rows, settings={"epochs": epochs})
    callbacks = run.callbacks([Score(scores)], monitor="score")
    if stop is not None:
        callbacks.insert(len(callbacks) if place is None else place, stop)
    try:
        model.fit(rows, epochs=epochs, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        return run, None, rows.seen
    return run, model, rows.seen


def best(path, use_ema=True):
    """The weights that are the best so far."""
    model = make_model(use_ema)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(followed(path / "best") / "model.weights.h5")
    return flat(model)


# === Going on ===


@pytest.mark.parametrize("use_ema", [False, True])
def test_interrupted_or_not(tmp_path, use_ema):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    one, _, _ = train(whole, use_ema)
    two, model, _ = train(parts, use_ema, stop=Stop(begin=1))
    assert model is None and two.completed_epochs == 1
    two, model, seen = train(parts, use_ema)
    # Before, Keras looks at batches without training on them.
    assert seen[-6:] == [1, 1, 2, 2, 3, 3]
    assert two.completed_epochs == EPOCHS
    assert two.curves() == one.curves()
    assert len(two.curves()["loss"]) == EPOCHS
    np.testing.assert_array_equal(best(parts, use_ema), best(whole, use_ema))


def train_measured(path, every, stop=None):
    model, rows, run = make_model(), Rows(), RunFolder(path)
    run.begin(model, rows)
    measured = Measured(every)
    callbacks = run.callbacks([measured])
    if stop is not None:
        callbacks.append(Stop(begin=stop))
    try:
        model.fit(rows, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        assert stop is not None
    return measured.epochs_measured, run.curves()


@pytest.mark.parametrize("every", [2, 3, 10])
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_interrupted_where_nothing_is_measured(tmp_path, every, stop):
    """Repeated figures come from before the interruption."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    epochs, curves = train_measured(whole, every)
    before, _ = train_measured(parts, every, stop)
    after, resumed = train_measured(parts, every)
    assert before + after == epochs
    np.testing.assert_equal(resumed, curves)
    known = np.isfinite(curves["val_mask_ap"])
    assert np.flatnonzero(known).tolist() == epochs and len(known) == EPOCHS
    np.testing.assert_array_equal(best(parts), best(whole))


def test_saved_are_the_averages(tmp_path):
    """And what goes on are the others."""
    _, model, _ = train(tmp_path / "mean")
    # fit ends with the averages.
    np.testing.assert_array_equal(best(tmp_path / "mean"), flat(model))
    _, plain, _ = train(tmp_path / "plain", use_ema=False)
    assert np.abs(flat(model) - flat(plain)).max() > 1e-3


def test_the_best_is_remembered(tmp_path):
    scores = (5, 9, 6, 7)
    train(tmp_path, scores=scores, stop=Stop(begin=2))
    before = best(tmp_path)
    run, model, _ = train(tmp_path, scores=scores)
    np.testing.assert_array_equal(best(tmp_path), before)
    assert run.best_epoch("score") == (2, 9)
    assert np.abs(flat(model) - before).max() > 0
    run.finish()
    np.testing.assert_array_equal(flat(run._begun()[0]), before)


def test_interrupted_just_before_it_is_saved(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    one, _, _ = train(whole)
    two, _, _ = train(parts, stop=Stop(end=1), place=-1)
    assert two.completed_epochs == 1 and len(two.curves()["loss"]) == 1
    two, _, _ = train(parts)
    assert two.curves() == one.curves()
    np.testing.assert_array_equal(best(parts), best(whole))


def test_interrupted_before_it_was_finished(tmp_path):
    """No epoch is left to train, only the end."""
    train(tmp_path)
    before = best(tmp_path)
    run, model, _ = train(tmp_path)
    assert run.completed_epochs == EPOCHS
    run.finish()
    np.testing.assert_array_equal(flat(model), before)


def test_a_damaged_epoch(tmp_path):
    """The one before is whole."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(whole)
    train(parts, stop=Stop(begin=3))
    weights = followed(parts / "last") / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:500])
    with pytest.warns(UserWarning, match="h5 is not .* goes on after epoch 2"):
        run, model, seen = train(parts)
    assert model is not None and seen[-4:] == [2, 2, 3, 3]
    assert run.curves() == RunFolder(whole).curves()
    np.testing.assert_array_equal(best(parts), best(whole))


@pytest.mark.parametrize("removed", range(12))
def test_killed_while_it_began_anew(tmp_path, monkeypatch, removed):
    """Whatever is left counts whole, or not at all."""
    train(tmp_path / "parts", stop=Stop(begin=2))
    left = [removed]
    unlink = pathlib.Path.unlink

    def killed(path, missing_ok=False):
        if path.exists():
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        unlink(path, missing_ok)

    monkeypatch.setattr(pathlib.Path, "unlink", killed)
    model, rows, run = make_model(), Rows(), RunFolder(tmp_path / "parts")
    with pytest.raises(KeyboardInterrupt):
        run.begin(model, rows, settings={"epochs": EPOCHS}, restart=True)
    monkeypatch.undo()
    with warnings.catch_warnings():
        # What is half removed is named.
        warnings.simplefilter("ignore")
        run, model, seen = train(tmp_path / "parts")
    assert model is not None and seen[-2:] == [3, 3]
    assert len(run.curves()["loss"]) == EPOCHS
    train(tmp_path / "whole")
    np.testing.assert_array_equal(
        best(tmp_path / "parts"), best(tmp_path / "whole")
    )


# === Longer, and shorter ===


def rates(path, epochs, stop=None):
    """The learning rate after each epoch that is trained."""

    class Rates(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            rate = keras.ops.convert_to_numpy(
                self.model.optimizer.learning_rate
            )
            found.append(float(rate))

    found = []
    model, rows, run = make_model(epochs=epochs), Rows(), RunFolder(path)
    run.begin(model, rows, settings={"epochs": epochs})
    callbacks = [Rates(), *run.callbacks(), *([stop] if stop else [])]
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(rows, epochs=epochs, callbacks=callbacks, verbose=0)
    return run, found


@pytest.mark.parametrize("finished", [False, True])
def test_longer(tmp_path, finished):
    """The schedule is as if it had been so long from the start."""
    stop = None if finished else Stop(begin=2)
    run, _ = rates(tmp_path / "a", 3, stop)
    if finished:
        run.finish()
        with pytest.raises(RunFolderError, match="finished training of 3"):
            RunFolder(tmp_path / "a").check(epochs=3)
        RunFolder(tmp_path / "a").check(epochs=4)
    longer, later = rates(tmp_path / "a", 6)
    whole, from_the_start = rates(tmp_path / "b", 6)
    assert longer.planned_epochs == 3 and whole.planned_epochs is None
    assert later == from_the_start[3 if finished else 2 :]
    assert longer.completed_epochs == 6
    longer.finish()
    assert names(longer.path) == FINISHED


def test_not_shorter(tmp_path):
    train(tmp_path, stop=Stop(begin=2))
    with pytest.raises(RunFolderError, match="epochs was 4, is 3"):
        train(tmp_path, epochs=3)


def test_longer_with_another_optimizer(tmp_path):
    train(tmp_path, stop=Stop(begin=2))
    with pytest.raises(RunFolderError, match="optimizer.use_ema was True"):
        train(tmp_path, epochs=6, use_ema=False)


# === Files ===


RUNNING = {"best", "epochs", "history.csv", "last"}
RUNNING |= {"training.json", "training.lock"}
FINISHED = RUNNING | {"model"}


def names(path):
    return {file.name for file in path.iterdir()} - {"curves.png"}


def test_a_new_folder(tmp_path):
    run = RunFolder(str(tmp_path / "a" / "b"))
    run.check()
    assert run.curves() == {} and run.best_epoch() is None
    run.begin(make_model(), Rows(), {"epochs": 3})
    assert run.completed_epochs == 0
    manifest = json.loads((run.path / "training.json").read_text())
    assert manifest[MARK] == 2 and manifest["process"] == os.getpid()
    settings = manifest["settings"]
    assert settings["epochs"] == 3 and manifest["finished"] is None
    assert settings["batches"] == {
        "batch_size": 1,
        "shuffle": False,
        "seed": 0,
        "augmentation": None,
        "copy-paste-from": None,
        "shard": None,
        "aspect-groups": None,
    }
    assert names(run.path) == {"training.json", "training.lock"}
    assert set(manifest["files"]) >= FINISHED


def test_finished(tmp_path):
    run, model, _ = train(tmp_path)
    assert names(tmp_path) == RUNNING
    run.finish()
    assert names(tmp_path) == FINISHED
    assert run.preset == tmp_path / "model"
    with pytest.raises(RunFolderError, match="finished training.*restart=True"):
        run.check()
    with pytest.raises(RunFolderError, match="finished training"):
        run.begin(make_model(), Rows())
    run.begin(make_model(), Rows(), restart=True)
    assert names(tmp_path) == {"training.json", "training.lock"}


def test_on_the_disk_are_two_epochs(tmp_path):
    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            folder = tmp_path / "epochs"
            found.append(len(list(folder.iterdir())) if epoch else 0)

    found = []
    train(tmp_path, stop=Look())
    assert found == [0, 1, 2, 2]


def test_curves(tmp_path):
    pytest.importorskip("matplotlib")
    run, _, _ = train(tmp_path, scores=[math.nan] * 3 + [1])
    run.finish()
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_no_curves_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    run, _, _ = train(tmp_path)
    with pytest.warns(UserWarning, match="No curves: .*pip install"):
        run.finish()
    assert not (tmp_path / "curves.png").exists()


def test_the_order_of_calls(tmp_path):
    run = RunFolder(tmp_path)
    with pytest.raises(RunFolderError, match="Expected begin"):
        run.callbacks()
    with pytest.raises(RunFolderError, match="no epoch was trained"):
        run.finish()
    run.begin(make_model(), Rows())
    with pytest.raises(RunFolderError, match="no epoch was trained"):
        run.finish()


def test_what_is_best(tmp_path):
    def monitored(**options):
        saving = run.callbacks(**options)[-1]
        return saving.monitor, saving.mode

    run = RunFolder(tmp_path)
    run.begin(make_model(), Rows())
    assert monitored() == ("loss", "min")
    measure = CocoMaskAP(ShapesDataset(1), metrics=["box_ap"], prefix="v_")
    assert monitored(callbacks=[Score(()), measure]) == ("v_box_ap", "max")
    assert monitored(callbacks=[measure], monitor="loss") == ("loss", "min")
    assert monitored(monitor="error", mode="min") == ("error", "min")


def test_other_settings(tmp_path):
    train(tmp_path, stop=Stop(begin=1))

    def begin(model=None, settings=None, restart=False, **rows):
        run = RunFolder(tmp_path)
        settings = {"epochs": EPOCHS} if settings is None else settings
        run.begin(model or make_model(), Rows(**rows), settings, restart)
        return run

    def change(**given):
        with pytest.raises(RunFolderError, match="restart=True") as error:
            begin(**given)
        assert "with other settings: " in error.value.problem
        return error.value.problem.split("settings: ")[1].split(". It")[0]

    before = (tmp_path / "training.json").read_text()
    assert begin().completed_epochs == 1
    assert change(settings={"epochs": 3}) == "epochs was 4, is 3"
    assert change(seed=3) == "batches.seed was 0, is 3"
    data = change(dataset=ShapesDataset(3))
    assert data.startswith("training-data was ")
    model = make_model()
    model.compile("sgd", loss="mse")
    assert "and 1" in change(model=model)
    assert (tmp_path / "training.json").read_text() == before
    assert begin(settings={"epochs": 5}, restart=True).completed_epochs == 0
    assert names(tmp_path) == {"training.json", "training.lock"}


def test_what_other_versions_did_not_write_is_not_compared(tmp_path):
    train(tmp_path, stop=Stop(begin=1))
    file = tmp_path / "training.json"
    manifest = json.loads(file.read_text())
    for name in ("batches", "model", "optimizer"):
        del manifest["settings"][name]
    file.write_text(json.dumps(manifest))
    run, model, _ = train(tmp_path)
    assert model is not None and len(run.curves()["loss"]) == EPOCHS


def test_killed_while_settings_were_written(tmp_path):
    (tmp_path / ".new-training.json").write_text("{")
    train(tmp_path)


def test_fit_once_more_after_an_interruption(tmp_path):
    """As in a notebook: begin in one cell, fit in another."""
    model, rows = make_model(use_ema=False), Rows()
    run = RunFolder(tmp_path / "parts")
    run.begin(model, rows, settings={"epochs": EPOCHS})
    for stop in (Stop(begin=2), None):
        callbacks = run.callbacks([Score(SCORES)], monitor="score")
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(
                rows,
                epochs=EPOCHS,
                callbacks=callbacks + [stop] * bool(stop),
                verbose=0,
            )
    assert run.completed_epochs == EPOCHS
    train(tmp_path / "whole", use_ema=False)
    assert run.curves() == RunFolder(tmp_path / "whole").curves()
    np.testing.assert_array_equal(
        best(tmp_path / "parts", False), best(tmp_path / "whole", False)
    )
    # Another training of this model begins with its first epoch.
    history = model.fit(Rows(), epochs=2, verbose=0)
    assert history.epoch == [0, 1]


def test_restart_without_room_loses_nothing(tmp_path, monkeypatch):
    train(tmp_path, stop=Stop(begin=2))
    before = everything(tmp_path)
    usage = SimpleNamespace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(RunFolderError, match="needs"):
        RunFolder(tmp_path).begin(make_model(), Rows(), restart=True)
    assert everything(tmp_path) == before


def test_a_finished_training_whose_epochs_were_deleted(tmp_path):
    run, _, _ = train(tmp_path)
    run.finish()
    shutil.rmtree(tmp_path / "epochs")
    with pytest.raises(RunFolderError, match="none of which is there"):
        train(tmp_path, epochs=6)
    assert run_lock.lock(tmp_path / "training.lock")
    run_lock.unlock(tmp_path / "training.lock")


def test_finish_names_what_is_damaged(tmp_path):
    train(tmp_path, stop=Stop(begin=3))
    weights = followed(tmp_path / "last") / "model.weights.h5"
    weights.write_bytes(b"")
    run = RunFolder(tmp_path)
    # The double of a SOLOv2 is none.
    with (
        pytest.warns(UserWarning, match="h5 is not what was written"),
        contextlib.suppress(ValueError, TypeError),
    ):
        run.finish()
    assert followed(tmp_path / "best").resolve().name == "0002"


def test_weights_that_are_no_numbers_are_not_saved(tmp_path):
    class Poison(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                self.model.trainable_weights[0].assign([[math.nan]])

    with pytest.raises(FloatingPointError, match="in epoch 3, such as .*kern"):
        train(tmp_path, use_ema=False, stop=Poison(), place=0)
    assert RunFolder(tmp_path).completed_epochs == 2


def test_the_best_stays_until_another_is_there(tmp_path):
    """With another figure that is not logged at once."""
    train(tmp_path, stop=Stop(begin=1))
    model, rows, run = make_model(), Rows(), RunFolder(tmp_path)
    run.begin(model, rows, settings={"epochs": EPOCHS})
    callbacks = run.callbacks(monitor="another")
    model.fit(rows, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    assert followed(tmp_path / "best").resolve().name == "0001"
    assert best(tmp_path).shape == (2,)


# === Space, and others ===


def test_the_space_that_is_needed(tmp_path, monkeypatch):
    model = make_model()
    needed = RunFolder(tmp_path).needed_bytes(model)
    for free, fits in ((needed, True), (needed - 1, False)):
        monkeypatch.setattr(
            "shutil.disk_usage",
            lambda path, free=free: SimpleNamespace(free=free),
        )
        run = RunFolder(tmp_path / str(free))
        if fits:
            run.begin(model, Rows())
            continue
        with pytest.raises(RunFolderError, match=r"needs .* MB, and .* MB are"):
            run.begin(model, Rows())
        assert "training.json" not in names(run.path)


def test_a_training_beside_another(tmp_path):
    script = (
        "import sys; from pathlib import Path;"
        "from keras_solo.training.run_lock import lock;"
        "assert lock(Path(sys.argv[1]) / 'training.lock');"
        "print('locked', flush=True); sys.stdin.read()"
    )
    train(tmp_path, stop=Stop(begin=1))
    run_lock.unlock(tmp_path / "training.lock")
    manifest = json.loads((tmp_path / "training.json").read_text())
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "locked\n"
        (tmp_path / "training.json").write_text(
            json.dumps({**manifest, "process": other.pid})
        )
        before = everything(tmp_path)
        for restart in (False, True):
            with pytest.raises(RunFolderError, match=rf"\({other.pid}\) train"):
                RunFolder(tmp_path).begin(
                    make_model(), Rows(), {"epochs": EPOCHS}, restart
                )
        with pytest.raises(RunFolderError, match=rf"\({other.pid}\) train"):
            RunFolder(tmp_path).finish()
        assert everything(tmp_path) == before
        other.stdin.close()
    _, model, _ = train(tmp_path)
    assert model is not None


# === What is not ours ===


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
    run = RunFolder(somebodys)
    model, rows = make_model(), Rows()
    for call in (
        lambda: run.check(restart),
        lambda: run.begin(model, rows, restart=restart),
    ):
        with pytest.raises(
            RunFolderError, match="holds backup, history.csv, model"
        ):
            call()
    assert everything(somebodys) == before


def test_a_file(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(RunFolderError, match="Expected a folder"):
        RunFolder(file).begin(make_model(), Rows(), restart=True)
    assert file.read_text() == "mine"


def test_many_files_are_counted(tmp_path):
    for number in range(7):
        (tmp_path / f"{number}.jpg").touch()
    with pytest.raises(RunFolderError, match="4.jpg and 2 more"):
        RunFolder(tmp_path).check(restart=True)


def test_what_somebody_added_later_stays(tmp_path):
    train(tmp_path, stop=Stop(begin=1))
    mine = [tmp_path / "notes.txt", tmp_path / "model" / "mine.txt"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    run, _, _ = train(tmp_path)
    run.finish()
    run.begin(make_model(), Rows(), restart=True)
    assert all(path.read_text() == "mine" for path in mine)
    assert [path.name for path in run.preset.iterdir()] == ["mine.txt"]


def test_a_folder_of_version_0_1_0(tmp_path):
    settings = {"recipe": "reference", "mask_targets": "binary"}
    settings["training-data"] = "0123456789ab"
    (tmp_path / "training.json").write_text(json.dumps(settings))
    backup = tmp_path / "backup" / "latest.weights.h5"
    backup.parent.mkdir()
    backup.write_text("weights")
    before = everything(tmp_path)
    with pytest.raises(RunFolderError, match="0.1 did not finish.*restart"):
        RunFolder(tmp_path).begin(make_model(), Rows(), settings)
    assert everything(tmp_path) == before
    RunFolder(tmp_path).begin(make_model(), Rows(), settings, restart=True)
    assert names(tmp_path) == {"training.json", "training.lock"}


def test_settings_that_json_cannot_hold(tmp_path):
    run, _, _ = train(tmp_path)
    run.finish()
    before = everything(tmp_path)
    run = RunFolder(tmp_path)
    with pytest.raises(TypeError, match="Received: where="):
        run.begin(make_model(), Rows(), {"where": tmp_path}, restart=True)
    assert everything(tmp_path) == before


def test_killed_before_the_settings_are_written(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    written = []

    def killed(path, text):
        # First it says that the old one is unfinished.
        written.append(text)
        if len(written) > 1:
            raise Killed
        write_whole(path, text)

    train(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("keras_solo.training.run_folder.write_whole", killed)
        with pytest.raises(Killed):
            RunFolder(tmp_path).begin(make_model(), Rows(), restart=True)
    assert names(tmp_path) == {"training.json", "training.lock"}
    run, model, seen = train(tmp_path)
    assert model is not None and seen[-8:] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert run.completed_epochs == EPOCHS


# === Killed ===

SCRIPT = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from tests.conftest import make_tiny_model
import keras
import keras_solo

keras.utils.set_random_seed(0)
folder, killed_after = sys.argv[2], int(sys.argv[3])
train = keras_solo.data.ShapesDataset(4, original_size=(64, 64), seed=1)
model = make_tiny_model()
batches = train.batches(model.preprocessor, batch_size=2, augment=True)
model.compile(**keras_solo.recipes.from_scratch(2, len(batches), epochs=4))
run = keras_solo.training.RunFolder(folder)
run.begin(model, batches, settings={"epochs": 4})


class Kill(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == killed_after:
            os.kill(os.getpid(), signal.SIGKILL)


measure = keras_solo.callbacks.CocoMaskAP(train, every=2, verbose=0)
model.fit(
    batches,
    epochs=4,
    callbacks=[*run.callbacks([measure], monitor="loss"), Kill()],
    verbose=0,
)
run.finish()
assert not [name for name in sys.modules if "keras_solo.cli" in name]
"""


def python(path, killed_after):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            SCRIPT,
            pathlib.Path(__file__).parents[2],
            path,
            str(killed_after),
        ],
        capture_output=True,
        text=True,
    )


@once
def test_killed_after_any_epoch(tmp_path):
    """Processes of their own: kill -9, the same lines again, equal weights."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    done = python(whole, 0)
    assert done.returncode == 0, done.stderr
    epoch = random.SystemRandom().randint(1, EPOCHS)
    assert python(parts, epoch).returncode == -9
    assert RunFolder(parts).completed_epochs == epoch
    assert SOLOv2.from_preset(parts).num_classes == 3
    done = python(parts, 0)
    assert done.returncode == 0, done.stderr
    one, two = (SOLOv2.from_preset(path / "model") for path in (whole, parts))
    for first, second in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(first, second)
    np.testing.assert_equal(
        RunFolder(parts).curves(), RunFolder(whole).curves()
    )


# === A full disk ===


def full_from(monkeypatch, number):
    """The disk is full when something is written for the nth time."""
    left = [number]

    def when_full(usual):
        def write(*arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return usual(*arguments, **options)

        return write

    for name in ("replace", "rename", "mkdir", "posix_fallocate", "symlink"):
        monkeypatch.setattr(os, name, when_full(getattr(os, name)))


@once
def test_a_full_disk_at_any_moment(tmp_path, monkeypatch):
    """What was there is whole, and a training with more room ends the same."""
    one, _, _ = train(tmp_path / "whole")
    one.finish()
    full, number = True, 0
    while full:
        parts, full = tmp_path / str(number), False
        train(parts, stop=Stop(begin=1))
        with monkeypatch.context() as patch:
            full_from(patch, number)
            try:
                run, _, _ = train(parts)
                run.finish()
            except OSError as error:
                assert "No space left on device" in str(error)
                full = True
        whole, problems = SavedEpochs(parts / "epochs").found()
        assert whole and not problems
        assert best(parts).shape == (2,)
        if full:
            run, _, _ = train(parts)
            run.finish()
        np.testing.assert_array_equal(best(parts), best(tmp_path / "whole"))
        number += 1
    assert number > 15


# === Torn files ===

TEARS = {
    "emptied": lambda path: path.write_bytes(b""),
    "halved": lambda path: path.write_bytes(
        path.read_bytes()[: path.stat().st_size // 2]
    ),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "swapped": lambda path: swap(path),
}


def swap(path):
    """With the file of the epoch before."""
    other = path.parents[1] / "0002" / path.name
    if path.parent.name == "0003":
        one, two = path.read_bytes(), other.read_bytes()
        path.write_bytes(two)
        other.write_bytes(one)


@pytest.mark.parametrize("tear", TEARS)
def test_any_file_that_is_torn(tmp_path, tear):
    """It is named, and the weights become what they would have been."""
    train(tmp_path / "whole")
    train(tmp_path / "made", stop=Stop(begin=3))
    files = [
        path.relative_to(tmp_path / "made")
        for path in (tmp_path / "made").rglob("*")
        if path.is_file() and path.stat().st_size
    ]
    assert len(files) > 10
    for number, file in enumerate(files):
        parts = tmp_path / str(number)
        shutil.copytree(tmp_path / "made", parts, symlinks=True)
        before = (parts / file).read_bytes()
        TEARS[tear](parts / file)
        harmless = (parts / file).read_bytes() == before
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            run, model, _ = train(parts)
        said = " ".join(str(warning.message) for warning in warned)
        assert harmless or str(parts / file) in said
        assert run.completed_epochs == EPOCHS
        np.testing.assert_array_equal(best(parts), best(tmp_path / "whole"))
        one = RunFolder(tmp_path / "whole").curves()
        np.testing.assert_equal(run.curves(), one)
