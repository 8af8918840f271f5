"""Trains a tiny SOLOv2 on drawn shapes, measures it and draws what it does.

Needs no data and no download: images of overlapping circles, rectangles and
triangles are drawn as training goes.
"""

import argparse
import pathlib
import shlex
import time

import keras
import numpy as np

from keras_solo.cli.errors import output_folder
from keras_solo.cli.options import positive_int
from keras_solo.cli.piped_progress import piped_progress
from keras_solo.cli.report import save_curves, say
from keras_solo.data import InstanceDataset, Instances, ShapesDataset
from keras_solo.evaluation import evaluate_coco
from keras_solo.models import SOLOv2
from keras_solo.models.progress import verbosity
from keras_solo.training import plot_targets, recipes
from keras_solo.visualization import Picture, draw_sheet

DEFAULT_STEPS = 1800
DEFAULT_OUTPUT = "keras-solo-demo"
PRESET = "solov2_tiny_shapes"
BATCH_SIZE = 8
LEARNING_RATE = 3e-3
MASK_LOSS_WEIGHT = 1.0
TEST_IMAGES = 100
SHOWN_IMAGES = 8
SHOWN_SCORE, SCALE = 0.3, 3
EXAMPLE = "example.png"
MOST_EPOCHS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo demo`."""
    parser.add_argument(
        "--steps",
        type=positive_int,
        default=DEFAULT_STEPS,
        metavar="N",
        help=f"training steps of {BATCH_SIZE} images (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="where pictures and the model go (default: %(default)s)",
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
    start = time.monotonic()
    output = output_folder(options.output)
    keras.utils.set_random_seed(options.seed)
    train = ShapesDataset(options.steps * BATCH_SIZE, seed=2 * options.seed + 1)
    test = ShapesDataset(TEST_IMAGES, seed=2 * options.seed + 2)
    model = SOLOv2.from_preset(PRESET, load_weights=False)
    plot_targets(train, model).save(output / "targets.png")
    _introduce(model, options.steps, output)
    history = _train(model, train, options.steps)
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


def epochs_of(steps: int) -> int:
    """How many lines report on the training: a divisor of the steps."""
    return max(n for n in range(1, MOST_EPOCHS + 1) if steps % n == 0)


def _measure(
    model: SOLOv2, test: InstanceDataset, output: pathlib.Path
) -> dict[str, float]:
    say(f"Now {len(test)} images that it never saw:")
    scores = evaluate_coco(model, test, verbose=verbosity())
    records = [test[index] for index in range(SHOWN_IMAGES)]
    images = [record.load_image() for record in records]
    stream = model.segment_stream(images, min_score=SHOWN_SCORE)
    names, pictures = model.class_names, []
    for record, (_, found) in zip(records, stream, strict=True):
        truth = Instances.from_record(record, names, load_image=True)
        pictures += [truth.plot(scale=SCALE), one_each(found).plot(scale=SCALE)]
    draw_sheet(pictures, columns=4).save(output / "predictions.png")
    Picture(images[0]).save(output / EXAMPLE)
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
        f"{output}/predictions.png"
    )
    say("The model segments an image so:")
    # Not wrapped: it works as it stands.
    print("  " + shlex.join(example_command(output)))


def example_command(output: pathlib.Path) -> list[str]:
    """What a person may type next.

    Args:
        output: Where the demo wrote.
    """
    return [
        *("keras-solo", "predict", "--preset", str(output / "model")),
        *(str(output / EXAMPLE), "--output", str(output / "found")),
    ]


def one_each(instances: Instances) -> Instances:
    """One instance for each object: the best of those that share its pixels.

    A cell may claim an object for two classes, which Matrix NMS keeps apart.

    Args:
        instances: Of one image.
    """
    height, width = instances.original_size
    masks = instances.masks.reshape(len(instances), height * width)
    masks = masks.astype(np.float32)
    shared, areas = masks @ masks.T, masks.sum(axis=1)
    union = areas[:, None] + areas[None, :] - shared
    kept: list[int] = []
    for i in np.argsort(-instances.scores, kind="stable").tolist():
        if (shared[i, kept] <= 0.5 * union[i, kept]).all():
            kept.append(i)
    return instances[np.array(sorted(kept), np.int64)]
