"""What ran where."""

import sys
import types

import keras
import numpy as np
import pytest

from keras_solo.evaluation.machine import device_of, machine, peak_megabytes


def test_machine(tiny_model):
    names = machine(tiny_model)
    backend, version = names["backend"].split()
    assert backend == keras.backend.backend()
    assert version[0].isdigit()
    assert names["keras"] == keras.__version__
    assert names["numpy"] == np.__version__
    assert "unknown" not in names.values()


@pytest.mark.parametrize(
    "device, expected",
    [
        ("cuda:0", "cuda:0"),
        ("/job:localhost/replica:0/task:0/device:GPU:1", "GPU:1"),
    ],
)
def test_device_of(device, expected):
    assert device_of(types.SimpleNamespace(device=device)) == expected


def test_no_device():
    nothing = types.SimpleNamespace(weights=[])
    assert device_of(nothing) == "unknown"


def test_peak_megabytes(monkeypatch):
    before = peak_megabytes()
    kept = np.ones(40_000_000)
    assert peak_megabytes() >= before > 50
    assert len(kept)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_megabytes() is None
