"""Interrupts a training often: `python -m tests.interrupt_trainings`.

`keras-solo train` on drawn shapes, on the backend of `KERAS_BACKEND`. It is
killed (SIGKILL), terminated (SIGTERM) and interrupted (Ctrl-C) at random
moments, importing, compiling and writing included, and the same command goes
on. Each time it must end with the code that the documentation names, and, once
an epoch was measured, leave a best model that can be used. In the end the
weights must be, bit for bit, those of a training that nobody disturbed.
"""

import argparse
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from keras_solo.data import ShapesDataset

SIGNALS = {
    "kill": (signal.SIGKILL, {-9}),
    # Before the command itself runs, Python and Keras are imported.
    "term": (signal.SIGTERM, {143, -15}),
    "int": (signal.SIGINT, {130, 1, -2}),
}
PATIENCE = 60  # Seconds; a step that is compiled is finished first.


def main():
    options = parse()
    choose = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        data = ShapesDataset(16, original_size=(96, 96), seed=1)
        data.write(folder / "data")
        began = time.monotonic()
        assert run(folder, "whole", options.epochs).returncode == 0
        whole = time.monotonic() - began
        print(f"undisturbed: {whole:.0f} s", flush=True)
        ends = [
            name
            for name, count in (
                ("kill", options.kills),
                ("term", options.terms),
                ("int", options.ints),
            )
            for _ in range(count)
        ]
        choose.shuffle(ends)
        for name in ends:
            # Some get no further than their imports, others some epochs.
            disturb(folder, name, choose.uniform(0, options.longest), options)
        done = run(folder, "parts", options.epochs)
        assert done.returncode == 0, done.stderr
        compare(folder / "whole", folder / "parts")


def disturb(folder, name, seconds, options):
    """One interruption, and a look at what it left."""
    number, codes = SIGNALS[name]
    process = subprocess.Popen(
        command(folder, "parts", options.epochs),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
        raise SystemExit(f"It was finished before all came: {out}{err}")
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    out, err = ended(process, number)
    epochs = sorted(p.name for p in folder.glob("parts/epochs/[0-9]*"))
    print(
        f"{name} after {seconds:4.1f} s: {process.returncode}, epochs {epochs}",
        flush=True,
    )
    assert process.returncode in codes, err
    begun = "images, " in out
    if begun and name != "kill":
        assert process.returncode == max(codes), err
        assert "Traceback" not in err, err
    if epochs:
        use(folder)


def ended(process, number):
    """What it printed; where a library swallowed the signal, it is sent again.

    JAX's callback of the garbage collector does so while it is imported: what
    is raised within is printed and ignored.
    """
    try:
        return process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        print("nothing happened: sent again", flush=True)
        process.send_signal(number)
        return process.communicate(timeout=PATIENCE)


def use(folder):
    """The best so far is a model."""
    image = next((folder / "data" / "images").iterdir())
    done = subprocess.run(
        [
            *(sys.executable, "-m", "keras_solo.cli", "predict", str(image)),
            *("--preset", str(folder / "parts")),
            *("--output", str(folder / "predictions")),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def run(folder, name, epochs):
    return subprocess.run(
        command(folder, name, epochs), capture_output=True, text=True
    )


def command(folder, name, epochs):
    data = folder / "data"
    return [
        *(sys.executable, "-m", "keras_solo.cli", "train"),
        *("--train-json", str(data / "annotations.json")),
        *("--train-images", str(data / "images"), "--valid-on-train"),
        *("--preset", "solov2_tiny_shapes", "--no-weights"),
        *("--image-size", "96", "96", "--batch-size", "8"),
        *("--epochs", str(epochs), "--output", str(folder / name)),
    ]


def compare(one, two):
    count = 0

    def same(name, item):
        nonlocal count
        if isinstance(item, h5py.Dataset):
            np.testing.assert_array_equal(item[()], other[name][()])
            count += 1

    path = "model/model.weights.h5"
    with h5py.File(one / path) as file, h5py.File(two / path) as other:
        file.visititems(same)
    assert (one / "history.csv").read_text() == (
        two / "history.csv"
    ).read_text()
    print(f"{count} weights and the history are equal, bit for bit")


def parse():
    parser = argparse.ArgumentParser(
        prog="python -m tests.interrupt_trainings", description=__doc__
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--terms", type=int, default=5)
    parser.add_argument("--ints", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--longest", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
