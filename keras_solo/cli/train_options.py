"""What `keras-solo train` takes, and what can be seen to be wrong at once."""

import argparse
from typing import Any

from keras_solo.cli.errors import (
    CliError,
    existing_file,
    existing_folder,
    not_in_a_file,
)
from keras_solo.cli.options import (
    add_batch_size,
    add_folder,
    add_reading,
    add_selection,
    check_no_folder_options,
    float_or_none,
    fraction,
    natural_int,
    positive_float,
    positive_int,
)
from keras_solo.cli.train_start import (
    NO_START,
    add_start,
    check_start,
    choose_backbone,
)
from keras_solo.data import Augmentation

RECIPES = ("reference", "from-scratch", "fine-tune")
AUGMENTATIONS = ("large-scale-jitter",)
# Long beside the seconds that it takes.
SAVE_MINUTES = 10.0
# Around --pixel-scale, and what must be seen of an object for it to count.
CROPS: dict[str, Any] = {"scale": (0.7, 1.4), "min_visible": 0.1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo train`."""
    _add_data(parser)
    add_start(parser)
    _add_training(parser)
    add_selection(parser)
    add_reading(parser)
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="where to write"
    )
    parser.add_argument(
        "--save-minutes",
        type=float_or_none,
        default=SAVE_MINUTES,
        metavar="N",
        help="save within an epoch, too, every N minutes: what is killed loses "
        "no more; 0 saves whole epochs only (default: %(default)g)",
    )
    parser.add_argument(
        "--restart",
        action="store_true",
        help="begin anew, whatever training OUTPUT holds",
    )
    parser.add_argument(
        "--finish",
        action="store_true",
        help="train no more: make the model of what an interrupted training "
        "has in OUTPUT",
    )


def check(options: argparse.Namespace) -> None:
    """Refuses what can be seen to be wrong before anything is loaded."""
    not_in_a_file("--output", options.output)
    choose_backbone(options)
    _check_given(options)
    _check_data(options)
    for name in ("copy_paste", "pixel_scale", "vertical_flip"):
        if getattr(options, name) and not options.augment:
            option = f"--{name.replace('_', '-')}"
            raise CliError(f"{option} and --no-augment exclude one another.")
    check_start(options)


def _check_data(options: argparse.Namespace) -> None:
    """Either a folder, or annotations and images."""
    if options.data is not None:
        files = ("train_json", "train_images", "valid_json", "valid_images")
        for name in files:
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise CliError(f"{option} and DATA exclude one another.")
        existing_folder("DATA", options.data)
        return
    check_no_folder_options(options, "DATA")
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


def _check_given(options: argparse.Namespace) -> None:
    """What only `--finish` can do without."""
    missing = []
    if options.data is None:
        missing = [
            f"--{name.replace('_', '-')}"
            for name in ("train_json", "train_images")
            if getattr(options, name) is None
        ]
        if len(missing) == 2:
            missing = ["DATA, or --train-json and --train-images"]
    if options.preset is None and options.backbone is None:
        missing.append(NO_START)
    if missing:
        raise CliError(f"expected {', '.join(missing)}, too.")


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "data",
        nargs="?",
        metavar="DATA",
        help="a folder of annotated images: COCO, YOLO, LabelMe, VOC, "
        "panoptic, PNGs of masks; its splits train and val are used",
    )
    add_folder(group, "DATA")
    for part in ("train", "valid"):
        group.add_argument(
            f"--{part}-json",
            metavar="FILE",
            help="annotations in the format of COCO",
        )
        group.add_argument(
            f"--{part}-images",
            metavar="DIR",
            help="the folder that the file names in the annotations start from",
        )
    _add_measuring(group)
    group.add_argument(
        "--workers",
        type=positive_int,
        default=2,
        metavar="N",
        help="threads that prepare batches ahead (default: %(default)s)",
    )


def _add_measuring(group: argparse._ArgumentGroup) -> None:
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
        "--pictures-every",
        type=natural_int,
        default=5,
        metavar="N",
        help="draw four validation images with what is found, after every N "
        "epochs, the first and the last; 0 for never (default: %(default)s)",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
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
        "weights, fine-tune for ImageNet weights of EfficientNet-Lite, "
        "reference for a preset's and for those of a ResNet)",
    )
    group.add_argument(
        "--learning-rate",
        type=positive_float,
        metavar="RATE",
        help="instead of the recipe's own",
    )
    _add_samples(group)
    group.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="(default: %(default)s)",
    )


def _add_augmentation(group: argparse._ArgumentGroup) -> None:
    choice = group.add_mutually_exclusive_group()
    choice.add_argument(
        "--augment",
        choices=AUGMENTATIONS,
        default=True,
        metavar="PRESET",
        help="how images vary, instead of the default: "
        f"{', '.join(AUGMENTATIONS)}, from a tenth to twice their size",
    )
    choice.add_argument(
        "--no-augment",
        dest="augment",
        action="store_false",
        default=True,
        help="train on the images as they are",
    )
    group.add_argument(
        "--copy-paste",
        type=fraction,
        # As in the settings of runs that know no such option.
        default=None,
        metavar="P",
        help="paste objects of another training image with this probability",
    )
    group.add_argument(
        "--vertical-flip",
        action="store_true",
        # As in the settings of runs that know no such option.
        default=None,
        help="mirror half of the images top to bottom, too: where there is no "
        "up, as in microscopes and from the air",
    )
    group.add_argument(
        "--pixel-scale",
        type=positive_float,
        metavar="S",
        help="crop images at S canvas pixels for each of theirs, instead of "
        "making them fit the canvas: for prediction --tiled --scale S",
    )


def _add_samples(group: argparse._ArgumentGroup) -> None:
    _add_augmentation(group)
    group.add_argument(
        "--mask-targets",
        choices=("binary", "soft"),
        help="how masks are shrunk (default: binary, the reference's rule, "
        "where the default recipe is the reference's, soft elsewhere)",
    )
    group.add_argument(
        "--reduced-decoding",
        action="store_true",
        # As in the settings of runs that know no such option.
        default=None,
        help="decode large JPEG photos at a part of their size, which is "
        "faster; pixels are not quite the same",
    )


def augmentation(options: argparse.Namespace) -> Augmentation | None:
    """How training images vary: as chosen, or the default."""
    if not options.augment:
        return None
    chosen: dict[str, Any] = {
        "copy_paste": options.copy_paste or 0.0,
        "vertical_flip": 0.5 if options.vertical_flip else 0.0,
    }
    if options.pixel_scale is not None:
        chosen["pixel_scale"] = options.pixel_scale
    if options.augment == "large-scale-jitter":
        return Augmentation.large_scale_jitter(**chosen)
    if options.pixel_scale is not None:
        chosen |= CROPS
    return Augmentation(**chosen)
