"""Measures a model, or results of any tool, on annotated images.

  keras-solo evaluate DATA --preset runs/first --report report.html
  keras-solo evaluate DATA --preset runs/first --tiled --scale 1.25
  keras-solo evaluate --json valid.json --results results.json

DATA is a folder in any format that keras_solo.data.open_dataset knows; its
split val is measured on, or the one that --split names. Results are a file of
COCO results: a list of image_id, category_id, segmentation (run lengths) and
score, with the ids of the annotations.
"""

import argparse
import json
import pathlib

from keras_solo._printable import counted
from keras_solo._whole_files import write_whole
from keras_solo.cli.datasets import (
    check_images,
    choose_classes,
    read_dataset,
    read_split,
    select_images,
)
from keras_solo.cli.errors import CliError, existing_file, existing_folder
from keras_solo.cli.options import (
    add_batch_size,
    add_folder,
    add_reading,
    add_selection,
    add_tiling,
    add_trained_preset,
    check_no_folder_options,
    checked_preset,
    fraction,
    positive_int,
    tiling_of,
    tta_of,
)
from keras_solo.cli.report import say, scores_table
from keras_solo.data import InstanceDataset
from keras_solo.evaluation import (
    EvaluationReport,
    evaluate,
    evaluate_results,
)
from keras_solo.evaluation.evaluators import EVALUATORS, chosen_evaluator
from keras_solo.evaluation.report_tables import CLASSES, OVERALL
from keras_solo.models import SOLOv2
from keras_solo.models.progress import verbosity

OF_MODELS = (
    "limit",
    "max_objects",
    "min_object_size",
    "tiled",
    "tile",
    "overlap",
    "scale",
    "tta",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo evaluate`."""
    _add_data(parser)
    _add_figures(parser)
    add_batch_size(parser)
    add_tiling(parser)
    add_reading(parser)
    add_selection(parser)


def _add_data(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    add_trained_preset(what, required=False)
    what.add_argument(
        "--results",
        metavar="FILE",
        help="what a model has found already: COCO results",
    )
    group = parser.add_argument_group("data")
    group.add_argument(
        "data",
        nargs="?",
        metavar="DATA",
        help="a folder of annotated images: COCO, YOLO, LabelMe, VOC, "
        "panoptic, PNGs of masks",
    )
    group.add_argument(
        "--split",
        metavar="NAME",
        help="which split of DATA (default: val, or the only one)",
    )
    add_folder(group, "DATA")
    group.add_argument(
        "--json", metavar="FILE", help="annotations in the format of COCO"
    )
    group.add_argument(
        "--images",
        metavar="DIR",
        help="the folder that the file names in the annotations start from; "
        "with --results it may be missing",
    )


def _add_figures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="write a page of all figures, curves and the images where most "
        "went wrong: one HTML file",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="also write all figures to this JSON"
    )
    parser.add_argument(
        "--per-class",
        action="store_true",
        help="print the figures of each class, too",
    )
    parser.add_argument(
        "--max-detections",
        type=positive_int,
        default=100,
        metavar="N",
        help="how many results of a class in an image count for AP and AR "
        "(default: %(default)s, COCO's rule)",
    )
    parser.add_argument(
        "--score",
        type=fraction,
        default=0.3,
        metavar="S",
        help="the least score of what counts for accuracy and matches "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--evaluator",
        choices=EVALUATORS,
        default="auto",
        help="who computes AP and AR (default: hotcoco where it is "
        "installed, else pycocotools)",
    )


def run(options: argparse.Namespace) -> None:
    """Prints tables of figures, and writes what is asked for."""
    _check(options)
    report = _of_results(options) if options.results else _of_model(options)
    most = report.max_detections
    print(f"\n{counted(report.num_images, 'image')}")
    print(scores_table(report.figures, most))
    left_out = {OVERALL} if options.per_class else {OVERALL, CLASSES}
    for table in report.tables():
        if table.title not in left_out:
            print(f"\n{table.to_text()}")
    if options.output:
        write_whole(options.output, json.dumps(report.to_dict(), indent=2))
    if options.report:
        page = report.to_page(_title(options))
        page.save(options.report)
        say(f"\nThe report: {options.report}")


def _of_model(options: argparse.Namespace) -> EvaluationReport:
    model = SOLOv2.from_preset(checked_preset(options.preset))
    dataset, source = _read(options)
    if model.class_names is not None:
        dataset = choose_classes(dataset, model.class_names, source)
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
    return evaluate(
        model,
        dataset,
        batch_size=options.batch_size,
        verbose=verbosity(),
        evaluator=options.evaluator,
        max_detections=options.max_detections,
        score_threshold=options.score,
        tiled=tiling_of(options) or False,
        tta=tta_of(options) or False,
    )


def _of_results(options: argparse.Namespace) -> EvaluationReport:
    dataset, _ = _read(options)
    return evaluate_results(
        options.results,
        dataset,
        evaluator=options.evaluator,
        max_detections=options.max_detections,
        score_threshold=options.score,
    )


def _read(options: argparse.Namespace) -> tuple[InstanceDataset, str]:
    """The annotated images, and what messages call them."""
    if options.data is not None:
        return read_split(options.data, options.split, options), options.data
    return read_dataset(options.json, options.images, options), options.json


def _title(options: argparse.Namespace) -> str:
    found = options.results or options.preset
    data = options.data or options.json
    return " on ".join(pathlib.Path(path).name for path in (found, data))


# === Better now than after an hour ===


def _check(options: argparse.Namespace) -> None:
    _check_data(options)
    if options.results:
        existing_file("--results", options.results)
        for name in OF_MODELS:
            if getattr(options, name) not in (None, False):
                option = f"--{name.replace('_', '-')}"
                raise CliError(f"{option} goes with --preset.")
    else:
        checked_preset(options.preset)
        tiling_of(options)
    for option in ("--output", "--report"):
        _check_output(option, getattr(options, option[2:]))
    # Whether it is installed.
    chosen_evaluator(options.evaluator)


def _check_data(options: argparse.Namespace) -> None:
    """Either a folder, or annotations and images."""
    if options.data is not None:
        for name in ("json", "images"):
            if getattr(options, name) is not None:
                raise CliError(f"--{name} and DATA exclude one another.")
        existing_folder("DATA", options.data)
        return
    if options.split is not None:
        raise CliError("--split goes with DATA.")
    check_no_folder_options(options, "DATA")
    missing = [] if options.json else ["--json"]
    if not options.images and not options.results:
        missing.append("--images")
    if "--json" in missing:
        raise CliError(f"expected DATA, or {' and '.join(missing)}, too.")
    if missing:
        raise CliError(f"expected {missing[0]}, too.")
    existing_file("--json", options.json)
    if options.images is not None:
        existing_folder("--images", options.images)


def _check_output(option: str, path: str | None) -> None:
    if path is None:
        return
    if not pathlib.Path(path).absolute().parent.is_dir():
        raise CliError(f"{option}: there is no folder for {path}.")
    if pathlib.Path(path).is_dir():
        raise CliError(f"{option}: expected a file, {path} is a folder.")
