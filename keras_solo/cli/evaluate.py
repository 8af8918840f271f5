"""Measures COCO mask and box AP of a model on annotated images.

keras-solo evaluate --preset runs/first --json valid.json --images valid
"""

import argparse
import json
import math
import pathlib

from keras_solo._whole_files import write_whole
from keras_solo.cli.datasets import (
    check_images,
    choose_classes,
    read_dataset,
    select_images,
)
from keras_solo.cli.errors import CliError, existing_file, existing_folder
from keras_solo.cli.options import (
    add_batch_size,
    add_reading,
    add_selection,
    add_trained_preset,
    checked_preset,
)
from keras_solo.cli.report import classes_table, scores_table
from keras_solo.data import InstanceDataset
from keras_solo.evaluation import evaluate_coco
from keras_solo.evaluation.evaluators import EVALUATORS, chosen_evaluator
from keras_solo.models import SOLOv2
from keras_solo.models.progress import verbosity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo evaluate`."""
    add_trained_preset(parser)
    parser.add_argument(
        "--json",
        required=True,
        metavar="FILE",
        help="annotations in the format of COCO",
    )
    parser.add_argument(
        "--images",
        required=True,
        metavar="DIR",
        help="the folder that the file names in the annotations start from",
    )
    add_batch_size(parser)
    parser.add_argument(
        "--per-class",
        action="store_true",
        help="the AP of each class, too",
    )
    parser.add_argument(
        "--evaluator",
        choices=EVALUATORS,
        default="auto",
        help="who computes the figures (default: hotcoco where it is "
        "installed, else pycocotools)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="also write all figures to this JSON"
    )
    add_reading(parser)
    add_selection(parser)


def run(options: argparse.Namespace) -> None:
    """Prints a table of figures, and writes them with `--output`."""
    annotations = existing_file("--json", options.json)
    images = existing_folder("--images", options.images)
    preset = checked_preset(options.preset)
    _check_output(options.output)
    # Whether it is installed: better now than after an hour, too.
    chosen_evaluator(options.evaluator)

    model = SOLOv2.from_preset(preset)
    dataset: InstanceDataset = read_dataset(annotations, images, options)
    if model.class_names is not None:
        dataset = choose_classes(dataset, model.class_names, annotations)
    dataset = select_images(
        dataset,
        model.preprocessor,
        options.limit,
        options.max_objects,
        options.min_object_size,
    )
    if options.on_error == "skip":
        intensity = model.preprocessor.intensity
        dataset = check_images(dataset, options.on_error, intensity)
    scores = evaluate_coco(
        model,
        dataset,
        batch_size=options.batch_size,
        verbose=verbosity(),
        per_class=bool(options.per_class),
        evaluator=options.evaluator,
    )
    print(f"\n{len(dataset)} images\n{scores_table(scores)}")
    if options.per_class:
        print(f"\n{classes_table(scores)}")
    if options.output:
        text = json.dumps(_without_nan(scores), indent=2)
        write_whole(options.output, text)


def _check_output(path: str | None) -> None:
    """Better now than after an hour."""
    if path is None:
        return
    if not pathlib.Path(path).absolute().parent.is_dir():
        raise CliError(f"--output: there is no folder for {path}.")
    if pathlib.Path(path).is_dir():
        raise CliError(f"--output: expected a file, {path} is a folder.")


def _without_nan(value: object) -> object:
    """JSON has no NaN: what could not be measured is null."""
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
