"""StopAtInterrupt: Ctrl-C is heard, and the one before listens again."""

import signal
import threading

import keras
import numpy as np
import pytest

from keras_solo.callbacks import StopAtInterrupt


@pytest.fixture(autouse=True)
def before():
    """Somebody else's handler, which must be there afterwards."""

    def listen(number, frame):
        raise AssertionError("not asked")

    usual = signal.signal(signal.SIGINT, listen)
    yield listen
    still_there = signal.getsignal(signal.SIGINT) is listen
    signal.signal(signal.SIGINT, usual)
    assert still_there


class Swallowed(keras.callbacks.Callback):
    """Ctrl-C at a place that catches everything."""

    def on_train_batch_begin(self, batch, logs=None):
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            self.was_swallowed = True


class Failing(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
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


def test_an_interrupt_is_not_lost():
    stop, swallowed = StopAtInterrupt(), Swallowed()
    with pytest.raises(KeyboardInterrupt):
        fit([stop, swallowed])
    assert swallowed.was_swallowed and stop.interrupted
    # The next training is another one.
    fit([stop])
    assert not stop.interrupted


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


@pytest.mark.parametrize(
    ("place", "index"), [("on_train_batch_end", 3), ("on_epoch_end", 0)]
)
def test_an_interrupt_after_the_last_step_is_not_lost(place, index):
    stop, swallowed = StopAtInterrupt(), SwallowedLate(place, index)
    with pytest.raises(KeyboardInterrupt):
        fit([stop, swallowed])
    assert swallowed.was_swallowed and stop.interrupted


@pytest.mark.parametrize("place", [0, 1])
def test_two_of_them(before, place):
    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            assert signal.getsignal(signal.SIGINT) is not before

    stops = [StopAtInterrupt(), StopAtInterrupt()]
    fit([*stops, Look()])
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        fit([*stops, Swallowed()])
    assert signal.getsignal(signal.SIGINT) is before
    assert all(stop.interrupted for stop in stops)
    # They leave in whatever order.
    for stop in stops:
        stop.set_model(None)
        stop.on_train_begin()
    stops[place].restore()
    assert signal.getsignal(signal.SIGINT) == stops[1 - place]._interrupt
    stops[1 - place].restore()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_training_within_a_training(before):
    class Inner(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            fit([StopAtInterrupt()])
            self.handler = signal.getsignal(signal.SIGINT)

    outer, inner = StopAtInterrupt(), Inner()
    fit([outer, inner])
    assert inner.handler == outer._interrupt


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
