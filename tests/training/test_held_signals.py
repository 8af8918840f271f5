"""Signals that come while something is written are heard afterwards."""

import signal
import threading

import pytest

from keras_solo.training.held_signals import ENDING, held_signals


@pytest.mark.parametrize("number", ENDING)
def test_afterwards(number):
    def hear(*arguments):
        heard.append(written.copy())

    heard, written = [], []
    usual = signal.signal(number, hear)
    try:
        with held_signals():
            signal.raise_signal(number)
            signal.raise_signal(number)
            written.append("all")
        assert heard == [["all"]]
        assert signal.getsignal(number) is hear
    finally:
        signal.signal(number, usual)


def test_ctrl_c():
    done = []
    with pytest.raises(KeyboardInterrupt), held_signals():
        signal.raise_signal(signal.SIGINT)
        done.append(1)
    assert done


def test_an_error_inside():
    before = [signal.getsignal(number) for number in ENDING]
    with pytest.raises(ZeroDivisionError), held_signals():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in ENDING] == before


def test_in_a_thread():
    def write():
        with held_signals():
            done.append(1)

    done = []
    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert done
