"""Peak memory of large photos: of `segment`, and of `keras-solo predict`.

  python tests/benchmarks/bench_large_photos.py

Four photos of 6000 x 4000 go through `model.segment`, eight of 4000 x 3000
through the command line. Each runs in a process of its own, on the backend of
`KERAS_BACKEND`, with a light model and with ResNet-50's on 800 x 1088. Prints
what each takes beyond the model, that is beyond the same process when it has
loaded it.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

if __name__ == "__main__":  # The folder of this file is first in the path.
    sys.path[0] = str(pathlib.Path(__file__).parents[2])

from tests.benchmarks.child import reset_peak, status
from tests.benchmarks.material import draw_photo, write_jpeg

PHOTOS = {"segment": (4, (4000, 6000)), "predict": (8, (3000, 4000))}


def model_of(name):
    import keras

    import keras_solo

    if name == "shapes":
        return keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    from tests.benchmarks.ours import PRESETS, WITHOUT_CALIBRATION

    keras.utils.set_random_seed(0)
    return keras_solo.SOLOv2.from_preset(
        PRESETS[name], load_weights=False, decoder=WITHOUT_CALIBRATION
    )


def saved(name, folder):
    """A preset's folder."""
    path = folder / name
    if not path.exists():
        model_of(name).save_to_preset(path)
    return path


def segment(preset, photos, output):
    from keras_solo import SOLOv2

    model = SOLOv2.from_preset(preset)
    loaded = status("VmRSS")
    reset_peak()
    found = model.segment(photos)
    count = sum(len(one) for one in found)
    print(f"{count} instances", file=sys.stderr)
    return loaded


def predict(preset, photos, output):
    from keras_solo.cli.main import main

    arguments = ["predict", "--preset", preset, "--output", output]
    assert not main([*arguments, "--score", "0", *photos])
    return 0.0


def load(preset, photos, output):
    from keras_solo import SOLOv2

    SOLOv2.from_preset(preset)
    return 0.0


def child(work, preset, output, *photos):
    before = globals()[work](preset, list(photos), output)
    print("MB", status("VmHWM") - before, status("VmRSS"))


def measured(*arguments):
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return [float(word) for word in done.stdout.split()[-2:]]


def main():
    if len(sys.argv) > 1:
        child(*sys.argv[1:])
        return
    print(os.environ.get("KERAS_BACKEND"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        photos = {
            work: draw(folder / work, *what) for work, what in PHOTOS.items()
        }
        for name in ("shapes", "r50"):
            preset = saved(name, folder)
            _, loaded = measured("load", preset, folder)
            for work, files in photos.items():
                output = folder / "out"
                peak, _ = measured(work, preset, output, *files)
                if work == "predict":
                    peak -= loaded
                print(f"{name}, {work}: {peak:.0f} MB beyond {loaded:.0f} MB")


def draw(folder, count, size):
    paths = [folder / f"{index}.jpg" for index in range(count)]
    for index, path in enumerate(paths):
        write_jpeg(path, draw_photo(*size, seed=index))
    return paths


if __name__ == "__main__":
    main()
