"""What clipping does on two devices, with each recipe.

    KERAS_BACKEND=tensorflow python -m tests.recipes_on_devices

Trains a tiny model for two steps (`tests.several_devices`) on one device and
on two, virtual ones of a CPU on JAX and TensorFlow, processes on PyTorch.
Printed is how much further two devices change the weights than one does, and
the largest difference of a weight. `clipped` is SGD with a norm that every step
exceeds.
"""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile

import numpy as np

RECIPES = ("reference", "from_scratch", "fine_tune", "clipped")
START = (
    "import sys, numpy as np; from tests.several_devices import made; "
    "np.savez(sys.argv[1], *made().get_weights())"
)


def main():
    print("| recipe | change | largest difference |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for recipe in RECIPES:
            start, one, two = weights_of(recipe, pathlib.Path(folder))
            ratio = distance(two, start) / distance(one, start)
            most = max(
                np.abs(a - b).max() for a, b in zip(one, two, strict=True)
            )
            print(f"| `{recipe}` | {ratio:.3f} | {most:.1e} |", flush=True)


def weights_of(recipe, folder):
    """Those before, and those of one device and of two."""
    files = [folder / f"{recipe}-{name}.npz" for name in ("start", "1", "2")]
    ended(begun(recipe, ["-c", START, files[0]]))
    module = ["-m", "tests.several_devices"]
    ended(begun(recipe, [*module, files[1], "one"]))
    if os.environ["KERAS_BACKEND"] == "torch":
        port = free_port()
        both = [
            begun(recipe, [*module, files[2], "process", 2, index, port])
            for index in range(2)
        ]
        ended(*both)
    else:
        ended(begun(recipe, [*module, files[2], "devices", 2]))
    return [arrays(file) for file in files]


def begun(recipe, arguments):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "RECIPE": recipe},
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(*processes):
    for process in processes:
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(said)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def arrays(file):
    with np.load(file) as saved:
        return [saved[n] for n in saved.files if n.startswith("arr_")]


def distance(some, others):
    squares = (((a - b) ** 2).sum() for a, b in zip(some, others, strict=True))
    return float(np.sqrt(sum(squares)))


if __name__ == "__main__":
    main()
