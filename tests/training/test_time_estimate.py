"""TimeEstimate: what enters, what does not, and what is said."""

import keras
import numpy as np
import pytest

from keras_solo.callbacks import CocoMaskAP, TimeEstimate
from keras_solo.data import ShapesDataset
from keras_solo.training import time_estimate as module


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on when it is told to."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def train(estimate, clock, seconds, epoch=0, verbose=2, epochs=10):
    """Steps that take so many seconds each, in one epoch of 100."""
    estimate.set_params({"epochs": epochs, "steps": 100, "verbose": verbose})
    estimate.on_train_begin()
    estimate.on_epoch_begin(epoch)
    for batch, step in enumerate(seconds):
        clock.now += step
        estimate.on_train_batch_end(batch)


def test_compiling_does_not_enter(clock, capsys):
    estimate = TimeEstimate(after=20)
    train(estimate, clock, [60.0, 5.0, 5.0, *[0.5] * 10, 40.0, *[0.5] * 9])
    # 1000 steps without the 20 that are done.
    assert estimate.seconds == pytest.approx(980 * 0.5)
    assert capsys.readouterr().out == (
        "About 8 min for 10 epochs, 0.50 s a step.\n"
    )


def test_evaluations_enter(clock, capsys):
    shapes = ShapesDataset(40)
    measure = CocoMaskAP(shapes, every=4)
    estimate = TimeEstimate(5, measure, batch_size=4)
    train(estimate, clock, [0.5] * 5)
    # After the epochs 1, 4, 8 and 10.
    evaluations = 4 * 40 / 4 * 0.5 * module.EVALUATION_PART
    assert estimate.seconds == pytest.approx(995 * 0.5 + evaluations)
    assert "10 epochs with their evaluation, " in capsys.readouterr().out


def test_a_training_that_goes_on(clock, capsys):
    estimate = TimeEstimate(5)
    train(estimate, clock, [1.0] * 5, epoch=8, verbose=1)
    assert estimate.seconds == pytest.approx(195)
    assert capsys.readouterr().out == (
        "\nAbout 3 min for 2 epochs, 1.00 s a step.\n"
    )


def test_slow_steps_are_not_waited_for(clock, capsys):
    estimate = TimeEstimate(after=20)
    train(estimate, clock, [60.0, 20.0, 20.0, 20.0])
    assert estimate.seconds is None
    train(estimate, clock, [60.0, 20.0, 20.0, 20.0, 20.0, 20.0])
    assert estimate.seconds == pytest.approx(995 * 20.0)
    assert capsys.readouterr().out == (
        "About 5.5 h for 10 epochs, 20.00 s a step.\n"
    )


def test_too_few_steps_say_nothing(clock, capsys):
    estimate = TimeEstimate(5)
    train(estimate, clock, [1.0] * 4)
    assert estimate.seconds is None and capsys.readouterr().out == ""


def test_an_unknown_length_says_nothing(clock, capsys):
    estimate = TimeEstimate(5)
    train(estimate, clock, [1.0] * 6, epochs=None)
    assert estimate.seconds is None and capsys.readouterr().out == ""


def test_in_fit(capsys):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x, estimate = np.ones((3, 1)), TimeEstimate(4)
    model.fit(x, x, 1, epochs=3, callbacks=[estimate], verbose=0)
    # The first step of the second epoch follows none.
    assert capsys.readouterr().out.count(" for 2 epochs, ") == 1
    assert estimate.seconds is not None and estimate.seconds > 0


@pytest.mark.parametrize(
    "arguments", [{"after": 3}, {"after": 9, "batch_size": 0}]
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="Expected .* Received: "):
        TimeEstimate(**arguments)


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
    ],
)
def test_durations(seconds, words):
    assert module.as_duration(seconds) == words
