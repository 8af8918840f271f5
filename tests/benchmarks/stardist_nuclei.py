"""Trains StarDist on nuclei, and writes what it finds. Imports nothing of ours.

    # in an environment of its own
    pip install stardist==0.9.2 tensorflow==2.21 opencv-python-headless
    python tests/benchmarks/stardist_nuclei.py FOLDER OUTPUT [--steps 3650]

FOLDER has `images/NAME.png`, `instances/NAME.png` (16-bit ids, 0 is background)
and the COCO files `train.json` and `val.json`, of which only the names of files
are read. A tenth of the training images, chosen with a seed, tunes the
thresholds; `training.json` in OUTPUT has the annotations of the others, so that
another model can learn from the same. OUTPUT also gets `low/NAME.png` and
`tuned/NAME.png`, 16-bit ids of what was found in the images of `val.json` above
a score of 0.05 and above the tuned one, `low.json` and `tuned.json` with the
scores of the ids 1, 2, ..., and `times.json`. `compare_nuclei` measures them.
"""

import argparse
import json
import pathlib
import time

import cv2
import numpy as np

LOW = 0.05
STEPS_PER_EPOCH = 50


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3650)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    train = names(options.folder / "train.json")
    order = np.random.default_rng(options.seed).permutation(len(train))
    tenth = len(train) // 10
    write_subset(options, sorted(order[tenth:].tolist()))
    tuning = read(options.folder, [train[i] for i in order[:tenth]])
    training = read(options.folder, [train[i] for i in order[tenth:]])
    began = time.perf_counter()
    model = trained(training, tuning, options)
    times = {"training": time.perf_counter() - began}
    times["image"] = predict(model, options)
    text = json.dumps({**times, "tuned": model.thresholds.prob})
    (options.output / "times.json").write_text(text)
    print(text)


def names(path):
    images = json.loads(path.read_text())["images"]
    return [pathlib.Path(image["file_name"]).stem for image in images]


def write_subset(options, places):
    """Annotations of some of the training images, by their places."""
    content = json.loads((options.folder / "train.json").read_text())
    content["images"] = [content["images"][place] for place in places]
    ids = {image["id"] for image in content["images"]}
    content["annotations"] = [
        one for one in content["annotations"] if one["image_id"] in ids
    ]
    (options.output / "training.json").write_text(json.dumps(content))


def pixels(folder, name):
    """An image, scaled as StarDist's examples do it."""
    from csbdeep.utils import normalize

    image = cv2.imread(str(folder / "images" / f"{name}.png"))
    return normalize(image[..., ::-1].astype(np.float32), 1, 99.8)


def read(folder, names):
    """Images and ids."""
    ids = [
        cv2.imread(
            str(folder / "instances" / f"{name}.png"), cv2.IMREAD_UNCHANGED
        )
        for name in names
    ]
    return [pixels(folder, name) for name in names], ids


def trained(training, tuning, options):
    import tensorflow as tf
    from stardist.models import Config2D, StarDist2D

    tf.keras.utils.set_random_seed(options.seed)
    np.random.seed(options.seed)  # StarDist draws its patches with it
    config = Config2D(
        n_rays=32,
        grid=(2, 2),
        n_channel_in=3,
        train_batch_size=4,
        train_patch_size=(256, 256),
        train_epochs=-(-options.steps // STEPS_PER_EPOCH),
        train_steps_per_epoch=STEPS_PER_EPOCH,
        train_tensorboard=False,
    )
    model = StarDist2D(config, name="stardist", basedir=str(options.output))
    model.train(
        *training,
        validation_data=tuning,
        augmenter=turned,
        seed=options.seed,
    )
    model.optimize_thresholds(*tuning)
    return model


def turned(image, ids):
    """Mirrored and turned by right angles, and a little brighter or darker."""
    quarter, mirror = np.random.randint(4), np.random.randint(2)
    image, ids = np.rot90(image, quarter), np.rot90(ids, quarter)
    if mirror:
        image, ids = image[::-1], ids[::-1]
    scale, shift = np.random.uniform(0.6, 2), np.random.uniform(-0.2, 0.2)
    return image * scale + shift, ids


def predict(model, options):
    """Writes what is found; returns the seconds an image took."""
    found = names(options.folder / "val.json")
    seconds = []
    for kind, threshold in (("low", LOW), ("tuned", None)):
        (options.output / kind).mkdir(exist_ok=True)
        scores = {}
        for name in found:
            image = pixels(options.folder, name)
            began = time.perf_counter()
            ids, details = model.predict_instances(image, prob_thresh=threshold)
            seconds.append(time.perf_counter() - began)
            path = options.output / kind / f"{name}.png"
            cv2.imwrite(str(path), ids.astype(np.uint16))
            scores[name] = [float(score) for score in details["prob"]]
        path = options.output / f"{kind}.json"
        path.write_text(json.dumps(scores))
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
