"""The examples that train in two processes, as a user starts them."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import keras
import pytest

from keras_solo import SOLOv2

ROOT = pathlib.Path(__file__).parents[2]
BACKEND = keras.backend.backend()


def begun(command, folder, **environment):
    return subprocess.Popen(
        [*command, "--output", str(folder / "model")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def check(processes, folder):
    for process in processes:
        said, _ = process.communicate(timeout=500)
        assert not process.returncode, said
    SOLOv2.from_preset(folder / "model")


@pytest.mark.long
@pytest.mark.skipif(BACKEND != "torch", reason="it runs on PyTorch")
def test_processes(tmp_path):
    path = ROOT / "examples" / "train_on_several_processes.py"
    torchrun = [sys.executable, "-m", "torch.distributed.run"]
    torchrun += ["--standalone", "--nproc-per-node", "2", str(path)]
    check([begun(torchrun, tmp_path)], tmp_path)


@pytest.mark.long
@pytest.mark.skipif(BACKEND != "tensorflow", reason="it runs on TensorFlow")
def test_workers(tmp_path):
    path = ROOT / "examples" / "train_on_several_workers.py"
    with socket.socket() as one, socket.socket() as other:
        for found in (one, other):
            found.bind(("127.0.0.1", 0))
        ports = [found.getsockname()[1] for found in (one, other)]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    workers = [
        begun(
            [sys.executable, str(path)],
            tmp_path,
            TF_CONFIG=json.dumps(
                {"cluster": cluster, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in (1, 0)
    ]
    check(workers, tmp_path)
