"""Memory that grows with the epochs of a training, in MB an epoch.

  python tests/benchmarks/bench_epoch_memory.py [EPOCHS]

A training in a run folder, with COCO mask AP, history, curves and a saved unit
after each epoch, on the backend of `KERAS_BACKEND`; beside it a plain `fit` of
the same model and batches. Each runs in a process of its own. What the first
five epochs take, which compile and fill caches, is not counted; the slope of a
straight line through the others is printed, and the first and the last of
them.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

if __name__ == "__main__":  # The folder of this file is first in the path.
    sys.path[0] = str(pathlib.Path(__file__).parents[2])

from tests.benchmarks.child import status

EPOCHS, FIRST = 30, 5
SIDE = 96, 96


def train(epochs, in_folder):
    """Megabytes of this process after each epoch."""
    import keras

    import keras_solo

    keras.utils.set_random_seed(0)
    data = keras_solo.data.ShapesDataset(16, original_size=SIDE, seed=1)
    model = keras_solo.SOLOv2.from_preset(
        "solov2_tiny_shapes",
        load_weights=False,
        preprocessor=keras_solo.Letterbox(SIDE),
    )
    batches = data.batches(model.preprocessor, 8, augment=True)
    model.compile(**keras_solo.recipes.from_scratch(8, len(batches), epochs))
    memory = []
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: memory.append(status("VmRSS"))
    )
    callbacks = [seen]
    with tempfile.TemporaryDirectory() as folder:
        if in_folder:
            run = keras_solo.training.RunFolder(folder)
            run.begin(model, batches, {"epochs": epochs})
            score = keras_solo.callbacks.CocoMaskAP(data, verbose=0)
            callbacks = [*run.callbacks([score]), seen]
        model.fit(batches, epochs=epochs, verbose=0, callbacks=callbacks)
        if in_folder:
            run.finish()
    return memory


def main():
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else EPOCHS
    if len(sys.argv) > 2:
        print(*train(epochs, sys.argv[2] == "folder"))
        return
    print(os.environ.get("KERAS_BACKEND"))
    for name in ("folder", "plain"):
        command = [sys.executable, __file__, str(epochs), name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        last = done.stdout.decode().splitlines()[-1]
        memory = [float(word) for word in last.split()][FIRST:]
        slope = np.polyfit(np.arange(len(memory)), memory, 1)[0]
        print(
            f"{name}: {slope:.2f} MB an epoch, from {memory[0]:.0f} to "
            f"{memory[-1]:.0f} MB"
        )


if __name__ == "__main__":
    main()
