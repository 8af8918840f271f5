"""Segments images: a picture of each, and all instances in one file.

  keras-solo predict --preset runs/first/model photos/ --output out

For every image, OUTPUT gets a picture with its instances drawn. All
instances are in OUTPUT/results.json, a file in the format of COCO:
"images", "categories", and "annotations" with masks as run lengths, boxes
and scores in pixels of the image.
"""

import json
import pathlib
import sys

from keras_solo.cli.errors import CliError, output_folder
from keras_solo.cli.options import (
    add_batch_size,
    add_trained_preset,
    checked_preset,
    fraction,
)
from keras_solo.cli.report import say, verbosity

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
LEFT_OUT = 1


def add_arguments(parser):
    """The options of `keras-solo predict`."""
    add_trained_preset(parser)
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="image files, and folders of them (without their subfolders)",
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
    add_batch_size(parser)


def run(options):
    """Segments all images; returns 1 if some could not be read."""
    paths = image_paths(options.paths)
    preset = checked_preset(options.preset)
    output = output_folder(options.output)

    import keras

    from keras_solo.models import SOLOv2

    model = SOLOv2.from_preset(preset)
    names = picture_names(paths)
    bar = keras.utils.Progbar(
        len(paths), verbose=verbosity(), unit_name="image"
    )
    broken, found = [], {}
    loaded = _loaded(paths, broken)
    for chunk in _chunks(model, loaded, options.batch_size):
        for index, instances in _segmented(model, chunk, options):
            instances.plot().save(output / names[index])
            found[index] = _entry(paths[index], names[index], instances)
        bar.update(len(found) + len(broken), finalize=False)
    bar.update(len(paths), finalize=True)
    results = coco_results([found[i] for i in sorted(found)], model)
    (output / "results.json").write_text(json.dumps(results))
    return _say(results, broken, output)


def image_paths(paths):
    """The files that are named, and those in the folders that are named.

    Raises:
        CliError: If a path does not exist, or a folder holds no image.
    """
    files = []
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            inside = sorted(
                file
                for file in path.iterdir()
                if file.suffix.lower() in SUFFIXES and file.is_file()
            )
            if not inside:
                raise CliError(
                    f"There is no image in the folder {path} (its subfolders "
                    f"are not searched). Known are {', '.join(SUFFIXES)}."
                )
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            raise CliError(f"There is no file or folder {path}.")
    return list(dict.fromkeys(files))


def picture_names(paths):
    """A file name for each picture: `street.png`, then `street_2.png`."""
    names, taken = [], set()
    for path in paths:
        name, number = f"{path.stem}.png", 1
        while name.lower() in taken:
            number += 1
            name = f"{path.stem}_{number}.png"
        taken.add(name.lower())
        names.append(name)
    return names


def _loaded(paths, broken):
    """(index, image) of what can be read; the rest is named and counted."""
    from keras_solo.data import ImageError, load_image

    for index, path in enumerate(paths):
        try:
            image = load_image(path, exif_orientation=True)
        except ImageError as error:
            broken.append(path)
            # A progress bar may still be on its line.
            start = "\n" if verbosity() == 1 else ""
            print(f"{start}keras-solo: skipped: {error}", file=sys.stderr)
            continue
        yield index, image


def _chunks(model, loaded, batch_size):
    """Lists of (index, image) that share a canvas, and so a batch."""
    waiting = {}
    for index, image in loaded:
        size = model.preprocessor.canvas_size(image.shape[:2])
        chunk = waiting.setdefault(size, [])
        chunk.append((index, image))
        if len(chunk) == batch_size:
            yield waiting.pop(size)
    yield from waiting.values()


def _segmented(model, chunk, options):
    indices, images = zip(*chunk, strict=True)
    results = model.segment(list(images), batch_size=options.batch_size)
    for index, instances in zip(indices, results, strict=True):
        yield index, instances[instances.scores >= options.score]


def _entry(path, picture, instances):
    height, width = instances.original_size
    image = {
        "file_name": path.name,
        "path": str(path),
        "height": height,
        "width": width,
        "picture": picture,
    }
    # A mask without a pixel in the image says nothing.
    seen = instances[instances.areas > 0]
    results = seen.to_coco(image_id=0)
    for result, area in zip(results, seen.areas.tolist(), strict=True):
        result["area"] = area
    return image, results


def coco_results(entries, model):
    """The content of results.json.

    Args:
        entries: For each image its description and its COCO results, whose
            categories are labels.
        model: Names the classes.

    Returns:
        A dict in the format of a COCO annotation file, whose annotations
        have scores; categories are counted from 1.
    """
    names = model.class_names or [str(i) for i in range(model.num_classes)]
    images, annotations = [], []
    for image_id, (image, results) in enumerate(entries, start=1):
        images.append({"id": image_id, **image})
        for result in results:
            result["image_id"] = image_id
            result["category_id"] += 1
            result["id"] = len(annotations) + 1
            result["iscrowd"] = 0
            annotations.append(result)
    categories = [
        {"id": number, "name": name}
        for number, name in enumerate(names, start=1)
    ]
    return {
        "images": images,
        "categories": categories,
        "annotations": annotations,
    }


def _say(results, broken, output):
    say(
        f"{len(results['annotations'])} instances in "
        f"{len(results['images'])} images: pictures and results.json are in "
        f"{output}."
    )
    if broken:
        print(
            f"keras-solo: {len(broken)} of "
            f"{len(broken) + len(results['images'])} images could not be read "
            "and were skipped.",
            file=sys.stderr,
        )
        return LEFT_OUT
    return 0
