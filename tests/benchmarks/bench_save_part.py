"""What it costs to save a training within an epoch.

    python tests/benchmarks/bench_save_part.py

A SOLOv2 of ResNet-50 with the reference's optimizer, saved five times. Beside
it a saved epoch, and the disk alone: as many bytes written and flushed.
"""

import pathlib
import statistics
import tempfile
import time

from keras_solo._whole_files import flush
from keras_solo.models import SOLOv2
from keras_solo.models.finite_weights import non_finite
from keras_solo.training import recipes
from keras_solo.training.saved_epoch import SavedEpoch, write_epoch
from keras_solo.training.saved_part import (
    SavedPart,
    part_folder,
    read_part,
    restore_part,
    write_part,
)

TIMES = 5


def main():
    model = SOLOv2.from_preset("solov2_r50_fpn_3x_coco", load_weights=False)
    model.compile(**recipes.reference(8, 1000, 12))
    model.optimizer.build(model.trainable_variables)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        parts = [
            SavedPart(part_folder(folder, 1, n), 1, n, {}) for n in range(TIMES)
        ]
        epoch = SavedEpoch(folder / "0001", 1, None, {})
        seconds("look for NaN", lambda n: non_finite(model))
        seconds("a part", lambda n: write_part(parts[n], model))
        size = (parts[0].folder / "values.npz").stat().st_size
        print(f"its size: {size / 1e6:.0f} MB")
        seconds("check it", lambda n: read_part(parts[n].folder))
        seconds("restore it", lambda n: restore_part(parts[n], model))
        seconds("an epoch", lambda n: write_epoch(epoch, model, ""))
        seconds("the disk alone", lambda n: plain(folder / "plain", size))


def plain(path, size):
    path.write_bytes(bytes(size))
    flush(path)


def seconds(name, call):
    taken = []
    for number in range(TIMES):
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
    middle = statistics.median(taken)
    print(f"{name}: {middle:.2f} s ({min(taken):.2f} to {max(taken):.2f})")


if __name__ == "__main__":
    main()
