"""Trains a model on annotated images, and keeps the best weights.

  keras-solo train --train-json train.json --train-images train \\
      --valid-json valid.json --valid-images valid \\
      --backbone resnet18 --image-size 320 320 --epochs 48 --output runs/first

OUTPUT gets targets.png (which grid cell answers for which object; look at it
before you wait), history.csv, curves.png, and model/, a preset folder with
the weights of the best mask AP (without validation data: the lowest loss).
After an interruption the same command goes on with the next epoch.
"""

import hashlib

from keras_solo.cli.datasets import (
    check_images,
    read_dataset,
    read_for_model,
    select_images,
)
from keras_solo.cli.errors import CliError, existing_file, existing_folder
from keras_solo.cli.options import (
    DTYPES,
    add_batch_size,
    add_on_error,
    add_selection,
    checked_preset,
    positive_float,
    positive_int,
)
from keras_solo.cli.report import (
    save_curves,
    say,
    verbosity,
)
from keras_solo.cli.training_folder import TrainingFolder
from keras_solo.cli.training_model import (
    BACKBONES,
    PRETRAINED_BACKBONES,
    build_model,
    starts_from_weights,
)

RECIPES = {"reference": "reference", "from-scratch": "from_scratch"}
# What a training that goes on must share with the one that was interrupted.
SETTINGS = (
    "preset",
    "no_weights",
    "backbone",
    "head",
    "image_size",
    "dtype",
    "epochs",
    "batch_size",
    "learning_rate",
    "augment",
    "seed",
)


def add_arguments(parser):
    """The options of `keras-solo train`."""
    _add_data(parser)
    _add_model(parser)
    _add_training(parser)
    add_selection(parser)
    add_on_error(parser)
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="where to write"
    )
    parser.add_argument(
        "--restart",
        action="store_true",
        help="begin anew, whatever OUTPUT holds",
    )


def _add_data(parser):
    group = parser.add_argument_group("data")
    for part, required in (("train", True), ("valid", False)):
        group.add_argument(
            f"--{part}-json",
            required=required,
            metavar="FILE",
            help="annotations in the format of COCO",
        )
        group.add_argument(
            f"--{part}-images",
            required=required,
            metavar="DIR",
            help="the folder that the file names in the annotations start from",
        )
    group.add_argument(
        "--valid-on-train",
        action="store_true",
        help="measure on the training images themselves, to see whether the "
        "model can learn them at all",
    )
    group.add_argument(
        "--valid-every",
        type=positive_int,
        default=1,
        metavar="N",
        help="measure after every N epochs, the first and the last "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--workers",
        type=positive_int,
        default=2,
        metavar="N",
        help="threads that prepare batches ahead (default: %(default)s)",
    )


def _add_model(parser):
    group = parser.add_argument_group("model")
    start = group.add_mutually_exclusive_group(required=True)
    start.add_argument(
        "--preset",
        metavar="NAME_OR_FOLDER",
        help="start from this model, with new classes if need be: a preset's "
        "name or folder, or a .pth file of MMDetection",
    )
    start.add_argument(
        "--backbone",
        choices=(*BACKBONES, *PRETRAINED_BACKBONES),
        help="start with this backbone, of random weights or of torchvision's "
        "ImageNet weights",
    )
    group.add_argument(
        "--no-weights",
        action="store_true",
        help="take the preset's architecture, with random weights",
    )
    group.add_argument(
        "--head",
        choices=("light", "full"),
        help="with --backbone (default: light)",
    )
    group.add_argument(
        "--image-size",
        type=positive_int,
        nargs=2,
        metavar=("H", "W"),
        help="canvas in pixels, multiples of 32 (default: the preset's, or "
        "512 512)",
    )
    group.add_argument(
        "--dtype", choices=DTYPES, help="precision (default: float32)"
    )


def _add_training(parser):
    group = parser.add_argument_group("training")
    group.add_argument(
        "--epochs",
        type=positive_int,
        default=12,
        metavar="N",
        help="(default: %(default)s)",
    )
    add_batch_size(group)
    group.add_argument(
        "--recipe",
        choices=RECIPES,
        help="optimizer and schedule (default: from-scratch for random "
        "weights, reference for a preset's)",
    )
    group.add_argument(
        "--learning-rate",
        type=positive_float,
        metavar="RATE",
        help="instead of the recipe's own",
    )
    group.add_argument(
        "--no-augment",
        dest="augment",
        action="store_false",
        help="train on the images as they are",
    )
    group.add_argument(
        "--mask-targets",
        choices=("binary", "soft"),
        help="how masks are shrunk (default: soft for random weights, binary, "
        "the reference's rule, for a preset's)",
    )
    group.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="(default: %(default)s)",
    )


# === Running ===


def run(options):
    """Trains to the end, from the start or from the last backup."""
    _check(options)
    folder = TrainingFolder(options.output)
    folder.check(options.restart)

    import keras

    from keras_solo.training import plot_targets

    keras.utils.set_random_seed(options.seed)
    model, train, valid = _prepare(options)
    settings = _settings(options, train, valid)
    batches = _batches(model, train, options, settings)
    folder.begin(settings, options.restart)
    _compile(model, batches, options, settings)
    _introduce(model, batches, folder, options, settings)
    plot_targets(train, model).save(folder.path / "targets.png")
    watch = _watch(valid, options)
    _fit(model, batches, folder, watch, options)
    _finish(model, folder, watch)


def _check(options):
    """Everything that can be seen before anything heavy is loaded."""
    existing_file("--train-json", options.train_json)
    existing_folder("--train-images", options.train_images)
    if (options.valid_json is None) != (options.valid_images is None):
        raise CliError("--valid-json and --valid-images need one another.")
    if options.valid_json is not None:
        if options.valid_on_train:
            raise CliError(
                "--valid-on-train and --valid-json exclude one another."
            )
        existing_file("--valid-json", options.valid_json)
        existing_folder("--valid-images", options.valid_images)
    if options.preset is not None:
        checked_preset(options.preset)
        if options.head is not None:
            raise CliError("--head goes with --backbone: a preset has one.")
    elif options.no_weights:
        raise CliError("--no-weights goes with --preset.")
    if options.image_size and any(n % 32 for n in options.image_size):
        height, width = options.image_size
        raise CliError(
            "--image-size: expected height and width in multiples of 32, not "
            f"{height} {width}."
        )


def _prepare(options):
    """The model, the training images, and the validation images or None."""
    paths = options.train_json, options.train_images, options.on_error
    train = read_dataset(*paths)
    model = build_model(options, train.class_names)
    if model.class_names != train.class_names:
        # The same classes in another order: the weights know the model's.
        train = read_dataset(*paths, class_names=model.class_names)
    train = select_images(train, options, model.preprocessor)
    train = check_images(train, options.on_error)
    valid = None
    if options.valid_on_train:
        valid = train
    elif options.valid_json is not None:
        valid = read_for_model(
            model, options.valid_json, options.valid_images, options.on_error
        )
        valid = check_images(valid, options.on_error)
    return model, train, valid


def _settings(options, train, valid):
    """What training depends on, choices made."""
    weights = starts_from_weights(options)
    settings = {name: getattr(options, name) for name in SETTINGS}
    return {
        **settings,
        "recipe": options.recipe
        or ("reference" if weights else "from-scratch"),
        "mask_targets": options.mask_targets
        or ("binary" if weights else "soft"),
        "images": len(train),
        "training-data": _fingerprint(train),
        "validation-data": None if valid is None else _fingerprint(valid),
    }


def _fingerprint(dataset):
    """A few digits that change with the images, objects and classes."""
    digest = hashlib.sha256(repr(dataset.class_names).encode())
    for record in dataset:
        line = f"{record.image_id} {record.file_name} {len(record.objects)}\n"
        digest.update(line.encode())
    return digest.hexdigest()[:12]


def _batches(model, train, options, settings):
    return train.batches(
        model.preprocessor,
        options.batch_size,
        augment=options.augment,
        shuffle=True,
        seed=options.seed,
        mask_targets=settings["mask_targets"],
        workers=options.workers,
    )


def _compile(model, batches, options, settings):
    from keras_solo import recipes

    recipe = getattr(recipes, RECIPES[settings["recipe"]])
    model.compile(
        **recipe(
            batch_size=options.batch_size,
            steps_per_epoch=len(batches),
            epochs=options.epochs,
            learning_rate=options.learning_rate,
        )
    )


def _introduce(model, batches, folder, options, settings):
    height, width = batches.make_sample.letterbox.image_size
    start = "random weights"
    if starts_from_weights(options):
        start = f"the weights of {options.preset or options.backbone}"
    say(
        f"{len(batches.dataset)} images, {len(batches)} steps an epoch, "
        f"{model.num_classes} classes, canvas {height} x {width}."
    )
    say(
        f"{model.count_params():,} weights, starting from {start}; recipe "
        f"{settings['recipe']}, {settings['mask_targets']} mask targets."
    )
    say(f"Which grid cell answers for which object: {folder.path}/targets.png")
    if folder.completed_epochs:
        say(
            f"Going on after epoch {folder.completed_epochs} of "
            f"{options.epochs} (--restart would begin anew)."
        )


def _watch(valid, options):
    """(monitor, mode, callbacks that log it): what "best" means."""
    if valid is None:
        return "loss", "min", []
    from keras_solo.callbacks import CocoMaskAP

    measuring = CocoMaskAP(
        valid, every=options.valid_every, batch_size=options.batch_size
    )
    return "val_mask_ap", "max", [measuring]


def _fit(model, batches, folder, watch, options):
    from keras_solo.cli.training_callbacks import training_callbacks

    model.optimizer.build(model.trainable_variables)
    if folder.completed_epochs >= options.epochs:
        return
    callbacks = training_callbacks(folder, batches, model.optimizer, watch)
    interrupts = callbacks[0]
    try:
        model.fit(
            batches,
            epochs=options.epochs,
            callbacks=callbacks,
            verbose=verbosity(),
        )
    except KeyboardInterrupt:
        say(
            f"\n{folder.completed_epochs} of {options.epochs} epochs are "
            "done. The same command goes on with the next one."
        )
        raise
    finally:
        interrupts.restore()


def _finish(model, folder, watch):
    monitor, mode, _ = watch
    model.load_weights(folder.best)
    model.save_to_preset(folder.model)
    folder.finish()
    save_curves(folder.curves(), folder.path / "curves.png")
    best = folder.best_epoch(monitor, mode)
    if best is not None:
        say(f"Best {monitor}: {best[1]:.3f}, after epoch {best[0]}.")
    say(f"The model: {folder.model}")
