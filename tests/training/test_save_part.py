"""SavePart: killed within an epoch, a training ends as if it was not."""

import types

import keras
import numpy as np
import pytest

from keras_solo.training import RunFolder, save_part
from keras_solo.training.save_part import SavePart
from keras_solo.training.saved_parts import SavedParts
from tests.training.line import Line, Numbers, everything

EPOCHS, STEPS = 3, 5


def make(dtype="float32", use_ema=True):
    """Random numbers, averages, momentum, a schedule, a loss that is scaled."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Dense(3, dtype=dtype),
        keras.layers.Dropout(0.5, seed=1, dtype=dtype),
        keras.layers.BatchNormalization(dtype=dtype),
        keras.layers.Dense(1, dtype=dtype),
    ]
    model = Line([keras.Input((1,)), *layers])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, EPOCHS * STEPS)
    optimizer = keras.optimizers.Adam(
        schedule, use_ema=use_ema, ema_momentum=0.5
    )
    if dtype == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, loss="mse", jit_compile=False)
    return model


class Killed(BaseException):
    """Nobody catches it."""


class Kill(keras.callbacks.Callback):
    """Ends a training in a step, after all that is done after the step."""

    def __init__(self, epoch, step):
        super().__init__()
        self.place = epoch, step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise Killed


def train(path, minutes=0, kill=None, epochs=EPOCHS, **model):
    """The user's lines; returns all that is left of the model, and the run."""
    model, batches, run = (
        make(**model),
        Numbers(STEPS),
        RunFolder(path, minutes),
    )
    run.begin(model, batches, settings={"epochs": EPOCHS})
    callbacks = run.callbacks()
    if kill is not None:
        callbacks.append(Kill(*kill))
    try:
        model.fit(batches, epochs=epochs, callbacks=callbacks, verbose=0)
    except Killed:
        return None, run, batches
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(variable) for variable in variables], run, batches


def same(one, two):
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a training that nobody disturbed ends with."""
    return train(tmp_path_factory.mktemp("whole"), None)[0]


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_killed_within_epochs(tmp_path, dtype):
    """Weights, seeds, moments, averages and the mean of the loss are equal."""
    options = {"dtype": dtype, "use_ema": dtype == "float32"}
    whole, one, _ = train(tmp_path / "whole", None, **options)
    parts = tmp_path / "parts"
    for epoch, step in [(0, 1), (0, 3), (1, 0), (2, 2)]:
        _, run, _ = train(parts, kill=(epoch, step), **options)
        assert run.completed_epochs == epoch
        assert run.completed_batches == step + 1
    pieces, two, batches = train(parts, **options)
    assert batches.taken[-2:] == [(2, 3), (2, 4)]
    same(whole, pieces)
    history = (one.path / "history.csv").read_text()
    assert (two.path / "history.csv").read_text() == history
    assert [path.name for path in sorted((parts / "epochs").iterdir())] == [
        path.name for path in sorted((tmp_path / "whole/epochs").iterdir())
    ]


def test_a_damaged_part_is_not_used(tmp_path, whole):
    train(tmp_path / "parts", kill=(1, 2))
    values = tmp_path / "parts" / "epochs" / "0001-000003" / "values.npz"
    values.write_bytes(values.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="values.npz is not .* after epoch 1"):
        pieces, _, batches = train(tmp_path / "parts")
    assert (1, 0) in batches.taken
    same(whole, pieces)


def test_without_the_choice(tmp_path, whole):
    """It goes on from what is there, and saves no more of it."""
    train(tmp_path / "parts", kill=(0, 1))
    _, run, _ = train(tmp_path / "parts", None, kill=(1, 3))
    assert (run.completed_epochs, run.completed_batches) == (1, 0)
    pieces, _, _ = train(tmp_path / "parts", None)
    same(whole, pieces)
    run = RunFolder(tmp_path / "new")
    run.begin(make(), Numbers())
    assert not any(isinstance(one, SavePart) for one in run.callbacks())


def test_fit_again_with_the_same_callbacks(tmp_path, whole):
    model, batches = make(), Numbers(STEPS)
    run = RunFolder(tmp_path / "parts", 0)
    run.begin(model, batches, {"epochs": EPOCHS})
    kill = Kill(1, 1)
    callbacks = [*run.callbacks(), kill]
    with pytest.raises(Killed):
        model.fit(batches, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    kill.place = None
    model.fit(batches, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    variables = [*model.variables, *model.optimizer.variables]
    same(whole, variables)


def test_begun_anew(tmp_path):
    """Nothing is left of what was there, but what is somebody's."""
    train(tmp_path, kill=(0, 2))
    mine = tmp_path / "epochs" / "mine.txt"
    mine.write_text("mine")
    run = RunFolder(tmp_path, 0)
    run.begin(make(), Numbers(), {"epochs": EPOCHS}, restart=True)
    assert run.completed_batches == 0
    assert everything(tmp_path / "epochs") == {"mine.txt": b"mine"}


def test_other_settings(tmp_path):
    train(tmp_path, kill=(0, 2))
    with pytest.raises(ValueError, match="use_ema was True, is False"):
        train(tmp_path, use_ema=False)


def test_the_settings_are_known_without_their_file(tmp_path, whole):
    train(tmp_path / "parts", kill=(0, 2))
    (tmp_path / "parts" / "training.json").unlink()
    with pytest.warns(UserWarning, match="what epoch 0 recorded"):
        pieces, _, _ = train(tmp_path / "parts")
    same(whole, pieces)


def test_not_a_number_of_minutes(tmp_path):
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="save_every_minutes"):
            RunFolder(tmp_path, wrong)


def saving(path, minutes, monkeypatch, model=None):
    """The callback, and a clock that a test turns."""
    clock = types.SimpleNamespace(now=0.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(save_part, "time", clock)
    model = model or make()
    model.optimizer.build(model.trainable_variables)
    callback = SavePart(SavedParts(path), {}, minutes)
    callback.set_model(model)
    callback.set_params({"steps": 4})
    callback.on_train_begin()
    callback.on_epoch_begin(7)
    return callback, clock


def names(path):
    return [file.name for file in path.iterdir()] if path.is_dir() else []


def test_when(tmp_path, monkeypatch):
    callback, clock = saving(tmp_path / "epochs", 0.5, monkeypatch)
    found = []
    for step, now in enumerate([29, 31, 60, 99]):
        clock.now = now
        callback.on_train_batch_end(step)
        found.append(names(tmp_path / "epochs"))
    # In the end the epoch is saved.
    assert found == [[], ["0007-000002"], ["0007-000002"], ["0007-000002"]]
    assert callback.begins_within == (7, 2)
    callback.on_epoch_end(7)
    assert names(tmp_path / "epochs") == []
    assert callback.begins_within is None
    callback.on_epoch_begin(8)
    clock.now = 128
    callback.on_train_batch_end(0)
    assert names(tmp_path / "epochs") == []


def test_never(tmp_path, monkeypatch):
    callback, clock = saving(tmp_path / "epochs", None, monkeypatch)
    clock.now = 1e9
    callback.on_train_batch_end(0)
    assert names(tmp_path / "epochs") == []
    callback.restore()  # nothing to go on from


def test_what_is_no_number_is_not_saved(tmp_path, monkeypatch):
    model = make()
    callback, _ = saving(tmp_path / "epochs", 0, monkeypatch, model)
    model.layers[0].bias.assign([float("nan")] * 3)
    with pytest.raises(FloatingPointError, match="step 1 of epoch 8.*bias"):
        callback.on_train_batch_end(0)
    assert names(tmp_path / "epochs") == []
