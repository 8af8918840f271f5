"""Segments images and videos: drawn, and as files of many formats.

  keras-solo predict --preset runs/first photos/ --output out
  keras-solo predict --preset runs/first clip.mp4 --track --output out

For every image, OUTPUT gets a picture with its instances drawn. All
instances are in OUTPUT/results.json, a file in the format of COCO:
"images", "categories", and "annotations" with masks as run lengths, boxes
and scores in pixels of the image. Categories have the ids that the model
knows, else they are counted from 1.

For every video, OUTPUT gets the video with its instances drawn, and a row
for each instance in OUTPUT/results.csv. --write asks for other files.
"""

import argparse

from keras_solo.cli.errors import CliError, output_folder
from keras_solo.cli.inputs import Inputs, named_inputs
from keras_solo.cli.options import (
    add_batch_size,
    add_max_pixels,
    add_tiling,
    add_trained_preset,
    checked_preset,
    fraction,
    positive_int,
    tiling_of,
    tta_of,
)
from keras_solo.cli.predicted import Predicted
from keras_solo.data import ResultWriter
from keras_solo.data.result_writer import KINDS, OF_IMAGES, OF_VIDEOS
from keras_solo.models import SOLOv2

# What is written where nobody asks for anything else.
USUAL = {"images": ("pictures", "coco"), "videos": ("video", "csv")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo predict`."""
    add_trained_preset(parser)
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="images, videos, folders of them, and quoted patterns: "
        '"photos/**/*.jpg"',
    )
    parser.add_argument(
        "--recursive",
        action="store_true",
        help="search the subfolders of folders, too",
    )
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="where to write"
    )
    parser.add_argument(
        "--write",
        type=kinds_of_files,
        action="extend",
        metavar="KIND,KIND",
        help=f"what to write, of {', '.join(KINDS)} (default: "
        "pictures,coco of images and video,csv of videos)",
    )
    parser.add_argument(
        "--score",
        type=fraction,
        default=0.3,
        metavar="S",
        help="leave out instances with a lower score (default: %(default)s)",
    )
    add_max_pixels(parser)
    add_batch_size(parser)
    add_tiling(parser)
    _add_video(parser)


def _add_video(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("videos")
    group.add_argument(
        "--track",
        action="store_true",
        help="tell from frame to frame which object is which",
    )
    group.add_argument(
        "--every",
        type=positive_int,
        default=1,
        metavar="N",
        help="segment every Nth frame only, also in the drawn video",
    )


def kinds_of_files(text: str) -> list[str]:
    """What `--write` names, with commas between.

    Example:

    >>> kinds_of_files("pictures,csv")
    ['pictures', 'csv']
    """
    kinds = [kind.strip() for kind in text.split(",")]
    for kind in kinds:
        if kind not in KINDS:
            raise argparse.ArgumentTypeError(
                f"expected some of {', '.join(KINDS)}, not {kind!r}"
            )
    return kinds


def run(options: argparse.Namespace) -> int:
    """Segments all files; returns 1 if some could not be read."""
    inputs = named_inputs(options.paths, options.recursive, options.output)
    tiling, tta = tiling_of(options), tta_of(options)
    _check(options, inputs)
    of_images = _kinds("images", options, inputs)
    of_videos = _kinds("videos", options, inputs)
    preset = checked_preset(options.preset)
    output = output_folder(options.output)
    model = SOLOv2.from_preset(preset)
    names = model.class_names or tuple(map(str, range(model.num_classes)))
    writer = ResultWriter(
        *(output, of_images, of_videos),
        class_names=names,
        category_ids=model.category_ids,
        sources=[*inputs.images, *inputs.videos],
    )
    predicted = Predicted(model, writer, options, tiling, tta)
    with writer:
        if inputs.images:
            predicted.add_images(inputs.images)
        for video in inputs.videos:
            predicted.add_video(video)
    predicted.conclude({*of_images, *of_videos})
    return int(predicted.broken > 0)


def _check(options: argparse.Namespace, inputs: Inputs) -> None:
    """Options that fit nothing that was named."""
    if not inputs.videos:
        for name, given in (
            ("--track", options.track),
            ("--every", options.every > 1),
        ):
            if given:
                raise CliError(f"{name} is for videos, and there is none.")


def _kinds(
    what: str, options: argparse.Namespace, inputs: Inputs
) -> tuple[str, ...]:
    """What to write about images, or about videos."""
    files = inputs.images if what == "images" else inputs.videos
    if not files:
        return ()
    if options.write is None:
        return USUAL[what]
    known = OF_IMAGES if what == "images" else OF_VIDEOS
    chosen = tuple(kind for kind in known if kind in options.write)
    if not chosen:
        raise CliError(
            f"--write: nothing of {', '.join(options.write)} is written about "
            f"{what}, and {files[0]} is one of them."
        )
    return chosen
