"""Interrupts a training often: `python -m tests.interrupt_trainings`.

`keras-solo train` on drawn shapes, on the backend of `KERAS_BACKEND`. It is
killed (SIGKILL), terminated (SIGTERM) and interrupted (Ctrl-C) at random
moments, importing, compiling and writing included, and the same command goes
on. Each time it must end with the code that the documentation names, and, once
an epoch was measured, leave a best model that can be used. In the end the
weights must be, bit for bit, those of a training that nobody disturbed.

With `--save-minutes` that is also saved within epochs, goes on there, and its
random moments begin with the first save of each process:

    python -m tests.interrupt_trainings --terms 0 --ints 0 --longest 8 \\
        --save-minutes 0.03 --images 320 --epochs 3

`--tolerance` is for a backend on which not even two trainings that nobody
disturbs end with the same bits: `--twice` says how far they are apart.
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
        data = ShapesDataset(options.images, original_size=(96, 96), seed=1)
        data.write(folder / "data")
        began = time.monotonic()
        done = run(folder, "whole", options)
        assert done.returncode == 0, done.stderr
        whole = time.monotonic() - began
        print(f"undisturbed: {whole:.0f} s", flush=True)
        if options.twice:
            assert run(folder, "again", options).returncode == 0
            compare(folder / "whole", folder / "again", options.tolerance)
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
        options.save_minutes = None  # It goes on without, too.
        done = run(folder, "parts", options)
        assert done.returncode == 0, done.stderr
        compare(folder / "whole", folder / "parts", options.tolerance)


def disturb(folder, name, seconds, options):
    """One interruption, and a look at what it left."""
    number, codes = SIGNALS[name]
    process = subprocess.Popen(
        command(folder, "parts", options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if options.save_minutes:
        wait_for_save(process, folder / "parts" / "epochs")
    try:
        out, err = process.communicate(timeout=seconds)
        raise SystemExit(f"It was finished before all came: {out}{err}")
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    out, err = ended(process, number)
    found = names(folder / "parts" / "epochs")
    epochs = [name for name in found if "-" not in name]
    print(
        f"{name} after {seconds:4.1f} s: {process.returncode}, saved {found}",
        flush=True,
    )
    assert process.returncode in codes, err
    begun = "images, " in out
    if begun and name != "kill":
        assert process.returncode == max(codes), err
        assert "Traceback" not in err, err
    if epochs:
        use(folder)


def wait_for_save(process, epochs):
    """Until it has compiled, and gone on from what was saved."""
    before = names(epochs)
    while process.poll() is None and names(epochs) == before:
        time.sleep(0.05)


def names(epochs):
    return sorted(path.name for path in epochs.glob("[0-9]*"))


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


def run(folder, name, options):
    return subprocess.run(
        command(folder, name, options), capture_output=True, text=True
    )


def command(folder, name, options):
    minutes = options.save_minutes if name == "parts" else None
    data = folder / "data"
    return [
        *(sys.executable, "-m", "keras_solo.cli", "train"),
        *("--train-json", str(data / "annotations.json")),
        *("--train-images", str(data / "images"), "--valid-on-train"),
        *("--preset", "solov2_tiny_shapes", "--no-weights"),
        *("--image-size", "96", "96", "--batch-size", "8"),
        *("--epochs", str(options.epochs), "--output", str(folder / name)),
        *(("--save-minutes", str(minutes)) if minutes else ()),
    ]


def compare(one, two, tolerance):
    count, apart = 0, 0.0

    def same(name, item):
        nonlocal count, apart
        if isinstance(item, h5py.Dataset):
            difference = np.abs(item[()] - other[name][()]).max()
            count, apart = count + 1, max(apart, float(difference))

    path = "model/model.weights.h5"
    with h5py.File(one / path) as file, h5py.File(two / path) as other:
        file.visititems(same)
    first, second = (
        (folder / "history.csv").read_text() for folder in (one, two)
    )
    if apart == 0 and first == second:
        print(f"{count} weights and the history are equal, bit for bit")
        return
    print(f"{count} weights are up to {apart:.2g} apart")
    print(f"the history:\n{first}and:\n{second}")
    assert apart <= tolerance


def parse():
    parser = argparse.ArgumentParser(
        prog="python -m tests.interrupt_trainings", description=__doc__
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--terms", type=int, default=5)
    parser.add_argument("--ints", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--longest", type=float, default=12.0)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--save-minutes", type=float)
    parser.add_argument("--tolerance", type=float, default=0.0)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
