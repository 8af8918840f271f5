"""Segments images: a picture of each, and all instances in one file.

  keras-solo predict --preset runs/first photos/ --output out

For every image, OUTPUT gets a picture with its instances drawn. All
instances are in OUTPUT/results.json, a file in the format of COCO:
"images", "categories", and "annotations" with masks as run lengths, boxes
and scores in pixels of the image. Categories have the ids that the model
knows, else they are counted from 1.
"""

import argparse
import functools
import os
import pathlib
import sys
from collections.abc import Iterable, Sequence

from keras_solo.cli.errors import (
    CliError,
    as_options,
    one_line,
    output_folder,
)
from keras_solo.cli.options import (
    add_batch_size,
    add_max_pixels,
    add_trained_preset,
    checked_preset,
    fraction,
)
from keras_solo.cli.report import counted, say
from keras_solo.data import ImageError, Instances, load_image
from keras_solo.data.formats import coco
from keras_solo.data.formats.coco_entries import CocoResult
from keras_solo.models import SOLOv2
from keras_solo.models.progress import Progress, verbosity

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
LEFT_OUT = 1
# Bytes: file systems take 255, for what stands before and behind, too.
LONGEST_STEM = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keras-solo predict`."""
    add_trained_preset(parser)
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="image files, and folders of them",
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
        "--score",
        type=fraction,
        default=0.3,
        metavar="S",
        help="leave out instances with a lower score (default: %(default)s)",
    )
    add_max_pixels(parser)
    add_batch_size(parser)


def run(options: argparse.Namespace) -> int:
    """Segments all images; returns 1 if some could not be read."""
    paths = image_paths(options.paths, options.recursive)
    preset = checked_preset(options.preset)
    output = output_folder(options.output)
    model = SOLOv2.from_preset(preset)
    images = [
        functools.partial(
            load_image,
            path,
            exif_orientation=True,
            max_pixels=options.max_pixels,
            intensity=model.preprocessor.intensity,
        )
        for path in paths
    ]
    stream = model.segment_stream(images, options.batch_size, on_error="skip")
    results, best = _write(stream, paths, output, model, options.score)
    coco.write_file(output / "results.json", results)
    if not results["annotations"] and best is not None:
        say(
            f"No instance scored {options.score} or more; the best score was "
            f"{best:.3f}. A lower --score shows what was found."
        )
    return _conclude(results, len(paths), output, model)


def image_paths(
    paths: Iterable[str | pathlib.Path], recursive: bool = False
) -> list[pathlib.Path]:
    """The files that are named, and those in the folders that are named.

    Args:
        paths: Files and folders.
        recursive: Whether subfolders are searched, too.

    Raises:
        CliError: If a path does not exist, is no image by its name, or if a
            folder holds none.
    """
    files: list[pathlib.Path] = []
    for typed in paths:
        path = pathlib.Path(typed)
        if path.is_dir():
            files += _images_in(path, recursive)
        elif path.is_file() and path.suffix.lower() not in VIDEOS:
            files.append(path)
        else:
            raise CliError(_no_image(str(typed)))
    return list(dict.fromkeys(files))


def _images_in(folder: pathlib.Path, recursive: bool) -> list[pathlib.Path]:
    inside = sorted(
        file
        for file in (folder.rglob("*") if recursive else folder.iterdir())
        if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not inside:
        where = "" if recursive else " (--recursive searches its subfolders)"
        raise CliError(
            f"There is no image in the folder {folder}{where}. Known are "
            f"{', '.join(SUFFIXES)}."
        )
    return inside


def _no_image(typed: str) -> str:
    """Why something that was typed names no image."""
    if "://" in typed:
        return f"{typed} is an address: download the image first."
    if pathlib.PurePath(typed).suffix.lower() in VIDEOS:
        return (
            f"{typed} is a video: write its frames as images first, for "
            f"example with ffmpeg -i {typed} frame_%05d.png"
        )
    if any(sign in typed for sign in "*?["):
        return (
            f"There is no file {typed}. A pattern works without quotes, where "
            "the shell writes the names of files in its place."
        )
    return f"There is no file or folder {typed}."


def picture_names(paths: Sequence[pathlib.Path]) -> list[str]:
    """A file name for each picture: `street.png`, then `street_2.png`."""
    names: list[str] = []
    taken: set[str] = set()
    for path in paths:
        stem = path.stem
        while len(os.fsencode(stem)) > LONGEST_STEM:
            stem = stem[:-1]
        name, number = f"{stem}.png", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}.png"
        taken.add(name.lower())
        names.append(name)
    return names


def category_ids(model: SOLOv2) -> tuple[int, ...]:
    """The model's category ids, or 1, 2, ... where it knows none."""
    return model.category_ids or tuple(range(1, model.num_classes + 1))


def _write(
    stream: Iterable[tuple[int, Instances | ImageError]],
    paths: Sequence[pathlib.Path],
    output: pathlib.Path,
    model: SOLOv2,
    least: float,
) -> tuple[coco.CocoResults, float | None]:
    """Draws what scores enough; what cannot be read is named.

    Returns:
        The content of the results file, and the best score of all.
    """
    names, ids = picture_names(paths), category_ids(model)
    progress = Progress(len(paths), "image", verbosity())
    images: list[dict[str, object]] = []
    results: list[CocoResult] = []
    scores: list[float] = []
    for index, found in stream:
        progress.update(index + 1)
        if isinstance(found, ImageError):
            # A progress bar may still be on its line.
            start = "\n" if verbosity() == 1 else ""
            problem = as_options(one_line(found))
            print(f"{start}keras-solo: skipped: {problem}", file=sys.stderr)
            continue
        scores += found.scores.tolist()
        found = found[found.scores >= least]
        found.plot().save(output / names[index])
        image_id = len(images) + 1
        images.append(_image(image_id, paths[index], names[index], found))
        results += found.to_coco(image_id, category_ids=ids)
    classes = model.class_names or [str(i) for i in range(model.num_classes)]
    content = coco.results_content(images, results, classes, ids)
    return content, max(scores, default=None)


def _image(
    image_id: int, path: pathlib.Path, picture: str, instances: Instances
) -> dict[str, object]:
    height, width = instances.original_size
    return {
        "id": image_id,
        "file_name": path.name,
        "path": str(path),
        "height": height,
        "width": width,
        "picture": picture,
    }


def _conclude(
    results: coco.CocoResults, count: int, output: pathlib.Path, model: SOLOv2
) -> int:
    say(
        f"{counted(len(results['annotations']), 'instance')} in "
        f"{counted(len(results['images']), 'image')}: pictures and "
        f"results.json are in {output}."
    )
    if model.category_ids is None:
        say("The model knows no category ids: they are counted from 1.")
    broken = count - len(results["images"])
    if not broken:
        return 0
    print(
        f"keras-solo: {broken} of {count} images could not be read and were "
        "skipped.",
        file=sys.stderr,
    )
    return LEFT_OUT
