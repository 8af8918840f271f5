"""An image's loss does not depend on the device that has it."""

import os
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend.replicas import replica_count, sum_over_replicas

ROOT = pathlib.Path(__file__).parents[2]
BACKEND = keras.backend.backend()


def test_one_device():
    assert replica_count() == 1
    assert float(ops.convert_to_numpy(sum_over_replicas(2.5))) == 2.5


def begun(output, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.several_devices", str(output), *words],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": BACKEND},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def trained(output, *others):
    """What the first of some processes found."""
    for process in [begun(output, *words) for words in others]:
        said, _ = process.communicate(timeout=300)
        assert not process.returncode, said
    with np.load(output.with_suffix(".npz")) as file:
        found = dict(file)
    losses = dict(zip(found.pop("names"), found.pop("losses"), strict=True))
    return losses, list(found.values())


def check_the_same(one, several):
    losses, weights = one
    assert {"loss"} <= set(several[0]) <= set(losses)
    for name, loss in several[0].items():
        assert loss == pytest.approx(losses[name], rel=1e-5), name
    for mine, theirs in zip(weights, several[1], strict=True):
        np.testing.assert_allclose(theirs, mine, atol=1e-5)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@pytest.mark.skipif(BACKEND == "torch", reason="it has processes alone")
def test_two_devices(tmp_path):
    """A mesh of JAX, or `MirroredStrategy`."""
    one = trained(tmp_path / "one", ["one"])
    check_the_same(one, trained(tmp_path / "two", ["devices", "2"]))


@pytest.mark.skipif(BACKEND != "jax", reason="TensorFlow crashes with four")
@pytest.mark.long
def test_four_devices(tmp_path):
    one = trained(tmp_path / "one", ["one"])
    check_the_same(one, trained(tmp_path / "four", ["devices", "4"]))


def two_processes(tmp_path):
    port = free_port()
    one = trained(tmp_path / "one", ["one"])
    words = [["process", "2", str(index), port] for index in range(2)]
    check_the_same(one, trained(tmp_path / "two", *words))


@pytest.mark.skipif(BACKEND != "torch", reason="a long test elsewhere")
def test_two_processes(tmp_path):
    two_processes(tmp_path)


@pytest.mark.skipif(BACKEND == "torch", reason="no long test here")
@pytest.mark.long
def test_two_processes_of_an_engine(tmp_path):
    two_processes(tmp_path)
