"""StopAtInterrupt: Ctrl-C is heard, and the one before listens again."""

import os
import signal
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest

from keras_solo.callbacks import StopAtInterrupt
from keras_solo.training import stop_at_interrupt

ENDS = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: SystemExit}
each_signal = pytest.mark.parametrize("number", ENDS)


@pytest.fixture(autouse=True)
def before():
    """Somebody else's handler, which must be there afterwards."""

    def listen(number, frame):
        raise AssertionError("not asked")

    usual = {number: signal.signal(number, listen) for number in ENDS}
    yield listen
    still_there = [signal.getsignal(number) is listen for number in ENDS]
    for number, handler in usual.items():
        signal.signal(number, handler)
    assert all(still_there)


class Swallowed(keras.callbacks.Callback):
    """A signal at a place that catches everything."""

    def __init__(self, number=signal.SIGINT):
        super().__init__()
        self.number = number

    def on_train_batch_begin(self, batch, logs=None):
        try:
            signal.raise_signal(self.number)
        except BaseException:
            self.was_swallowed = True


class Failing(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise ZeroDivisionError


class FailingWithin(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        raise ZeroDivisionError


def fit(callbacks):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.ones((4, 1))
    model.fit(x, x, batch_size=1, callbacks=callbacks, verbose=0)


def test_nothing_to_put_back_before_training():
    StopAtInterrupt().restore()


def test_no_interrupt():
    stop = StopAtInterrupt()
    fit([stop])
    assert not stop.interrupted


@each_signal
def test_a_step_is_finished_first(number, capsys):
    """Nothing is raised in it, so nothing can swallow it."""

    class Steps(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            begun.append(batch)
            if batch == 1:
                signal.raise_signal(number)

        def on_train_batch_end(self, batch, logs=None):
            ended.append(batch)

    begun, ended = [], []
    stop = StopAtInterrupt()
    with pytest.raises(ENDS[number]) as error:
        fit([stop, Steps()])
    assert stop.interrupted and begun == [0, 1] and ended == [0]
    assert "step is finished first" in capsys.readouterr().err
    if number == signal.SIGTERM:
        assert error.value.code == 143
    # The next training is another one.
    fit([stop])
    assert not stop.interrupted


@each_signal
def test_between_steps_at_once(number):
    class Between(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            signal.raise_signal(number)
            raise AssertionError("not at once")

    with pytest.raises(ENDS[number]):
        fit([StopAtInterrupt(), Between()])


def test_a_second_time_at_once(before):
    class Twice(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is before
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(AssertionError, match="not asked"):
        fit([StopAtInterrupt(), Twice()])


class SwallowedLate(keras.callbacks.Callback):
    """Ctrl-C after the last step, which nobody hears."""

    def __init__(self, place, index):
        super().__init__()
        self.index = index
        setattr(self, place, self.swallow)

    def swallow(self, index, logs=None):
        if index != self.index:
            return
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            self.was_swallowed = True


@each_signal
def test_after_the_last_step_it_is_not_lost(number):
    stop, swallowed = StopAtInterrupt(), SwallowedLate("on_epoch_end", 0)
    with pytest.raises(KeyboardInterrupt):
        fit([stop, swallowed])
    assert swallowed.was_swallowed and stop.interrupted


def test_a_training_that_failed_is_forgotten(before):
    """Of another model than SOLOv2, in a step: nobody said that it ended."""
    with pytest.raises(ZeroDivisionError):
        fit([StopAtInterrupt(), FailingWithin()])
    assert signal.getsignal(signal.SIGINT) is not before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        fit([StopAtInterrupt(), FailingWithin()])
    for number in ENDS:
        # Somebody else listens in the meantime.
        signal.signal(number, before)
    stop = StopAtInterrupt()
    with pytest.raises(KeyboardInterrupt):
        fit([stop, Swallowed()])
    assert stop.interrupted


@pytest.mark.parametrize("place", [0, 1])
def test_two_of_them(before, place):
    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            assert signal.getsignal(signal.SIGINT) is not before

    stops = [StopAtInterrupt(), StopAtInterrupt()]
    fit([*stops, Look()])
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        fit([Swallowed(), *stops])
    assert signal.getsignal(signal.SIGINT) is before
    assert all(stop.interrupted for stop in stops)
    # They leave in whatever order.
    for stop in stops:
        stop.set_model(None)
        stop.on_train_begin()
    stops[place].restore()
    assert signal.getsignal(signal.SIGINT) is stop_at_interrupt._hear
    stops[1 - place].restore()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_training_within_a_training(before):
    class Inner(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            fit([StopAtInterrupt()])
            self.handler = signal.getsignal(signal.SIGINT)

    outer, inner = StopAtInterrupt(), Inner()
    fit([outer, inner])
    assert inner.handler is stop_at_interrupt._hear
    assert not outer.interrupted


def test_any_error(tiny_model, tiny_batch):
    stop = StopAtInterrupt()
    with pytest.raises(ZeroDivisionError):
        tiny_model.fit(*tiny_batch, callbacks=[stop, Failing()], verbose=0)


def test_any_error_of_another_model(before):
    stop = StopAtInterrupt()
    with pytest.raises(ZeroDivisionError):
        fit([stop, Failing()])
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_who_came_later_stays(before):
    def later(number, frame):
        raise AssertionError

    class Later(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            signal.signal(signal.SIGINT, later)

    fit([StopAtInterrupt(), Later()])
    assert signal.getsignal(signal.SIGINT) is later
    signal.signal(signal.SIGINT, before)


def test_in_a_thread_nothing_is_caught():
    thread = threading.Thread(target=fit, args=([StopAtInterrupt()],))
    thread.start()
    thread.join()


# === Real models ===

SCRIPT = """
import os, signal, sys, threading, time
sys.path.insert(0, sys.argv[1])
import numpy as np
from tests.conftest import make_tiny_model
from keras_solo.callbacks import StopAtInterrupt
from keras_solo.data import ShapesDataset

model = make_tiny_model()
shapes = ShapesDataset(2, original_size=(64, 64))
images, targets = shapes.batches(model.preprocessor, 2)[0]
model.compile("sgd")
before = [np.array(w) for w in model.weights]
after = float(sys.argv[2])
begun = []


def interrupt():
    time.sleep(after)
    os.kill(os.getpid(), signal.SIGINT)


class Begin(StopAtInterrupt):
    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(batch, logs)
        if not begun:
            begun.append(batch)
            threading.Thread(target=interrupt, daemon=True).start()


try:
    model.fit(images, targets, epochs=1000, callbacks=[Begin()], verbose=0)
except KeyboardInterrupt:
    print("interrupted")
assert all(np.isfinite(np.array(w)).all() for w in model.weights)
print(len(model.segment(shapes[0].load_image())) >= 0)
model.fit(images, targets, verbose=0)
print("trained")
"""


@pytest.mark.parametrize("after", [0.0, 0.5])
def test_while_the_first_step_is_compiled(after):
    """In a process of its own: it was killed by it on JAX."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, root, str(after)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["interrupted", "True", "trained"]
