"""Peak memory of a preset's training and prediction, in one process.

    KERAS_BACKEND=torch python -m tests.benchmarks.bench_preset_memory \
        train|predict NAME [--batch-size N] [--image-size H W]

Weights are random. `train` makes two updates with the reference's optimizer on
images with eight objects; `predict` finds the instances of two batches, by a
decoder whose threshold is so low that all its candidates are decoded. Printed
is the most memory that the process ever had, libraries and weights included,
and what it had when the model was built.
"""

import argparse

import numpy as np

from keras_solo import Letterbox, SOLOv2
from keras_solo.evaluation.machine import peak_megabytes, versions
from keras_solo.recipes import reference
from tests.benchmarks.material import on_mask_grid, truth


def main(arguments=None):
    options = parse(arguments)
    size = tuple(options.image_size)
    model = SOLOv2.from_preset(
        options.name, load_weights=False, preprocessor=Letterbox(size)
    )
    built = peak_megabytes()
    images = np.zeros((options.batch_size, *size, 3), "uint8")
    images[:] = np.random.default_rng(0).integers(0, 256, (*size, 3))
    work = {"train": train, "predict": predict}[options.work]
    work(model, images)
    print(
        f"{options.work} {options.name}, {options.batch_size} of "
        f"{size[0]} x {size[1]}: {peak_megabytes():.0f} MB, when it was "
        f"built {built:.0f} MB; {versions()}"
    )


def train(model, images):
    targets = {
        name: values.repeat(len(images), 0)
        for name, values in on_mask_grid(*truth(*images.shape[1:3])).items()
    }
    targets["labels"] %= model.num_classes
    model.compile(**reference(len(images), steps_per_epoch=1000))
    for _ in range(2):
        model.train_on_batch(images, targets)


def predict(model, images):
    model.decoder = {"score_threshold": 0.0}
    for _ in range(2):
        model.predict_on_batch(images)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=("train", "predict"))
    parser.add_argument("name")
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--image-size", type=int, nargs=2, default=(512, 512))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
