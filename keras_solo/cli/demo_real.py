"""`keras-solo demo --real`: ImageNet weights learn to find cell nuclei.

The twelve sample images are all that is learned from. Most nuclei are about a
dozen pixels wide, so that crops are enlarged to learn from, and tiles of the
same scale to predict. Training takes about three minutes on two cores, and
nothing is downloaded.
"""

import argparse
import time

import keras

from keras_solo._printable import counted
from keras_solo.callbacks import TimeEstimate
from keras_solo.cli.demo_report import (
    PICTURE,
    draw_beside_truth,
    epochs_of,
    say_command,
)
from keras_solo.cli.errors import output_folder
from keras_solo.cli.piped_progress import piped_progress
from keras_solo.cli.report import save_curves, say
from keras_solo.cli.train_start import DEFAULT_BACKBONE
from keras_solo.data import Augmentation, InstanceDataset, sample_images
from keras_solo.evaluation import evaluate_coco
from keras_solo.geometry import Letterbox
from keras_solo.inference import Tiling
from keras_solo.models import EfficientNetLite, SOLOv2
from keras_solo.models.head_sizes import MODEL_SIZES
from keras_solo.models.progress import verbosity
from keras_solo.training import plot_targets, recipes

DEFAULT_STEPS = 180
DEFAULT_OUTPUT = "keras-solo-demo-real"
BACKBONE = DEFAULT_BACKBONE
IMAGE_SIZE = (256, 256)
BATCH_SIZE = 4
# More than a longer training begins with.
LEARNING_RATE = 1e-3
# Canvas pixels for each of an image. Cells have no up.
PIXEL_SCALE = 3.0
AUGMENTATION = Augmentation(
    vertical_flip=0.5,
    pixel_scale=PIXEL_SCALE,
    scale=(0.8, 1.25),
    min_visible=0.1,
)
TILING = Tiling(scale=PIXEL_SCALE)
MAX_DETECTIONS = 300
SCALE = 2


def run(options: argparse.Namespace) -> None:
    """Measures, trains, measures again, draws, and says so."""
    start = time.monotonic()
    keras.utils.set_random_seed(options.seed)
    train, shown = sample_images()
    model = starting_model(train)
    output = output_folder(options.output or DEFAULT_OUTPUT)
    steps = options.steps or DEFAULT_STEPS
    plot_targets(train, model).save(output / "targets.png")
    _introduce(model, train, steps)
    _measure(model, shown, "Before")
    history = _train(model, train, steps, options.seed)
    save_curves(history.history, output / "curves.png", "keras-solo demo")
    model.save_to_preset(output / "model")
    _measure(model, shown, "After")
    draw_beside_truth(model, shown, output, SCALE, BATCH_SIZE, TILING)
    say(
        f"{(time.monotonic() - start) / 60:.1f} minutes after the start. The "
        f"{len(shown)} images, the nuclei that are there and beside them what "
        f"it found: {output / PICTURE}"
    )
    say_command(output, TILING)


def starting_model(train: InstanceDataset) -> SOLOv2:
    """A model on ImageNet weights, made to learn in a few hundred steps.

    The batch statistics of the backbone stay as they are.

    Args:
        train: Whose classes it gets.
    """
    backbone = EfficientNetLite.from_preset(BACKBONE, norm_frozen=True)
    return SOLOv2(
        backbone,
        class_names=train.class_names,
        category_ids=train.category_ids,
        preprocessor=Letterbox(IMAGE_SIZE),
        decoder={
            "max_detections": MAX_DETECTIONS,
            "max_candidates": 5 * MAX_DETECTIONS,
        },
        **MODEL_SIZES["small"],
    )


def _introduce(model: SOLOv2, train: InstanceDataset, steps: int) -> None:
    objects = sum(len(record.objects) for record in train)
    say(
        f"A SOLOv2 on {BACKBONE} ({model.count_params():,} weights, those of "
        f"the backbone from ImageNet, all others random) learns on "
        f"{keras.backend.backend()} to find cell nuclei: {steps} steps of "
        f"{BATCH_SIZE} images. There are {len(train)} microscope images with "
        f"{objects} nuclei; each step shows other parts of them, enlarged "
        f"{PIXEL_SCALE:g} times."
    )


def _measure(model: SOLOv2, shown: InstanceDataset, when: str) -> None:
    scores = evaluate_coco(
        model,
        shown,
        batch_size=BATCH_SIZE,
        verbose=verbosity(),
        tiled=TILING,
        max_detections=MAX_DETECTIONS,
    )
    say(
        f"{when} training, mask AP on {counted(len(shown), 'image')} that it "
        f"does not learn from: {scores['mask_ap']:.3f} (AP50 "
        f"{scores['mask_ap50']:.3f})."
    )


def _train(
    model: SOLOv2, train: InstanceDataset, steps: int, seed: int
) -> keras.callbacks.History:
    epochs = epochs_of(steps)
    steps_per_epoch = steps // epochs
    # Every image comes several times in what is an epoch here.
    samples = range(steps_per_epoch * BATCH_SIZE)
    batches = train.subset([index % len(train) for index in samples]).batches(
        model.preprocessor,
        batch_size=BATCH_SIZE,
        augment=AUGMENTATION,
        shuffle=True,
        seed=seed,
        mask_targets="soft",
    )
    recipe = recipes.fine_tune(
        model,
        BATCH_SIZE,
        steps_per_epoch,
        epochs,
        learning_rate=LEARNING_RATE,
    )
    model.compile(**recipe)
    return model.fit(
        batches,
        epochs=epochs,
        callbacks=[TimeEstimate(), *piped_progress()],
        verbose=verbosity(),
    )
