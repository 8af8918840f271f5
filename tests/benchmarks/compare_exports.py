"""What exported files find beside what Keras finds, and how fast.

    python -m tests.benchmarks.compare_exports MODEL [--formats NAME ...] \
        [--images FOLDER] [--speed]

MODEL is `solov2_tiny_shapes`, `solov2_lite0_nuclei`, or `r18` and `r50`: light
SOLOv2 models with seeded random weights on a canvas of 320 x 320. FOLDER holds
photos for the latter two and the nuclei; by default the images are seeded
shapes on noise, and the packaged nuclei.

For each format and for thresholds at which an image has no, some and 100
detections: a file with a dynamic batch, run on 20 images one by one and four
together. Of all instances that Keras finds in these canvases, matched by label
and IoU, printed are the largest difference of a pixel's probability and of a
score, and the mean and least IoU of the binary masks; then the size of the
file, and the time of one canvas beside Keras on TensorFlow, taken in turns,
which alone is measured with `--speed`.
`keras` is Keras beside itself, with convolutions in another order: the noise
of float32 in a model.
"""

import argparse
import pathlib
import statistics
import tempfile
import time
from typing import NamedTuple

import keras_solo  # isort: skip (before keras: it chooses a backend)
import cv2
import keras
import numpy as np

from keras_solo._backend.convolution import plain_convolutions
from keras_solo.data import ShapesDataset, sample_images
from keras_solo.export import export, open_exported
from keras_solo.export.formats import FORMATS

ENDS = {name: one.suffix for name, one in FORMATS.items()}
IMAGES = 20
REPEATS = 7
ITSELF = "keras"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    names = [ITSELF, *ENDS]
    parser.add_argument("--formats", nargs="+", choices=names, default=names)
    parser.add_argument("--images", type=pathlib.Path)
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    model = model_named(options.model)
    canvases = as_canvases(model, photos(options))
    if not options.speed:
        compare(options, model, canvases)
    print("\n| format | MB | ms | Keras's ms | ratio |\n" + 5 * "|---" + "|")
    set_threshold(model, 0.0)
    for name in options.formats:
        if name != ITSELF:
            print(speed(model, name, canvases[:1]), flush=True)


def compare(options, model, canvases):
    """Prints what each file finds beside what Keras finds."""
    print(
        "| format | threshold | instances | probability | score | IoU mean "
        "| least | missed |\n" + 8 * "|---" + "|"
    )
    levels = thresholds(model, canvases)
    for name in options.formats:
        for words, threshold in levels.items():
            set_threshold(model, threshold)
            with tempfile.TemporaryDirectory() as folder:
                if name == ITSELF:
                    run = plainly(model_named(options.model), threshold)
                else:
                    path = pathlib.Path(folder, "model" + ENDS[name])
                    run = open_exported(export(model, path, name))
                found = compared(model, run, canvases)
            print(row(name, words, threshold, found), flush=True)


# === Models and images ===


def model_named(name):
    if name not in ("r18", "r50"):
        return keras_solo.SOLOv2.from_preset(name)
    keras.utils.set_random_seed(0)
    return keras_solo.SOLOv2(
        keras_solo.ResNet(int(name[1:])),
        num_classes=80,
        preprocessor=keras_solo.Letterbox((320, 320)),
        head="light",
    )


def photos(options):
    if options.images:
        paths = sorted(options.images.iterdir())[:IMAGES]
        return [cv2.imread(str(path))[..., ::-1] for path in paths]
    if options.model == "solov2_lite0_nuclei":
        datasets = sample_images()
    else:
        datasets = [ShapesDataset(IMAGES, seed=3)]
    return [one.load_image() for data in datasets for one in data][:IMAGES]


def as_canvases(model, images):
    placed = [model.preprocessor.to_canvas(image) for image in images]
    return np.rint(np.stack(placed)).astype("uint8")


# === Thresholds ===


def thresholds(model, canvases):
    """Scores at which an image has no, some and 100 detections."""
    logits = model(canvases[:4].astype("float32"))["category_logits"]
    scores = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))
    scores = np.sort(scores, axis=None)
    # Between two scores, so that noise moves none of them across.
    some = float(scores[-101:-99].mean())
    return {"none": 1.0, "some": some, "100": 0.0}


def set_threshold(model, threshold):
    model.decoder = {
        **model.decoder.get_config(),
        "score_threshold": threshold,
        "update_threshold": threshold / 20,
        "max_detections": 100,
    }


def plainly(model, threshold):
    """The model with convolutions as the library of TensorFlow has them."""
    set_threshold(model, threshold)

    def run(batch):
        with plain_convolutions():
            return model.predict_on_batch(batch.astype("float32"))

    return run


# === Comparing ===


def compared(model, run, canvases):
    """How many instances there are, and how the file's differ from them."""
    count = missed = 0
    differences, overlaps = [(0.0, 0.0)], []
    for start in range(0, len(canvases), 4):
        batch = canvases[start : start + 4]
        want = by_image(model.predict_on_batch(batch.astype("float32")))
        one_by_one = [by_image(run(canvas[None]))[0] for canvas in batch]
        for found in (one_by_one, by_image(run(batch))):
            for mine, theirs in zip(want, found, strict=True):
                pairs = matched(mine, theirs)
                count += len(mine.scores)
                missed += len(mine.scores) - len(pairs)
                missed += max(0, len(theirs.scores) - len(mine.scores))
                for i, j, overlap in pairs:
                    overlaps.append(overlap)
                    differences.append(apart(mine, i, theirs, j))
    return count, np.max(differences, axis=0), overlaps, missed


class Found(NamedTuple):
    """What was found in a canvas."""

    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def by_image(found):
    names = ("masks", "labels", "confidence")
    return [
        Found(*(found[name][i][:count] for name in names))
        for i, count in enumerate(found["num_detections"])
    ]


def matched(mine, theirs):
    """(i, j, IoU): of each of mine the best of theirs of its label, if any."""
    pairs = []
    if not len(mine.scores) or not len(theirs.scores):
        return pairs
    a, b = (
        (one.masks > 0.5).reshape(len(one.masks), -1).astype(np.float32)
        for one in (mine, theirs)
    )
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1) - shared
    iou = shared / np.maximum(union, 1)
    iou[mine.labels[:, None] != theirs.labels] = -1
    # Of cells with the same mask the one with the same score.
    near = iou - np.abs(mine.scores[:, None] - theirs.scores)
    for i, j in enumerate(near.argmax(1)):
        if iou[i, j] > 0.5:
            pairs.append((i, j, float(iou[i, j])))
    return pairs


def apart(mine, i, theirs, j):
    """The largest difference of a pixel's probability; that of the score."""
    masks = np.abs(mine.masks[i] - theirs.masks[j]).max()
    return float(masks), abs(float(mine.scores[i] - theirs.scores[j]))


def row(name, words, threshold, found):
    count, (probability, score), overlaps, missed = found
    mean, least = (f(overlaps) if overlaps else 1 for f in (np.mean, min))
    return (
        f"| {name} | {words} ({threshold:.2g}) | {count} | {probability:.1e} "
        f"| {score:.1e} | {mean:.5f} | {least:.5f} | {missed} |"
    )


# === Speed ===


def speed(model, name, canvas):
    """Milliseconds of one canvas in the runtime and in Keras, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model" + ENDS[name])
        run = open_exported(export(model, path, name))
        files = [one for one in path.parent.rglob("*") if one.is_file()]
        size = sum(f.stat().st_size for f in files if f.suffix != ".json")
        ratio = in_turns(model, run, canvas)
    return f"| {name} | {size / 1e6:.1f} | {ratio} |"


def in_turns(model, run, canvas):
    """The median of either side, and how many times Keras's it takes."""
    sides = (run, lambda x: model.predict_on_batch(x.astype("float32")))
    took = [[], []]
    for turn in range(REPEATS + 2):  # two of them warm up
        for side, times in zip(sides, took, strict=True):
            began = time.perf_counter()
            side(canvas)
            times += [time.perf_counter() - began] * (turn > 1)
    theirs, ours = (1e3 * statistics.median(times) for times in took)
    return f"{theirs:.0f} | {ours:.0f} | {theirs / ours:.2f}"


if __name__ == "__main__":
    main()
