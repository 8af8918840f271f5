"""COCO-format folders for the commands: read, matched, selected, checked."""

import concurrent.futures
import warnings

from keras_solo.cli.errors import CliError


def read_dataset(annotations, images, on_error, class_names=None):
    """A `CocoDataset` whose images are not decoded yet."""
    from keras_solo.data import CocoDataset

    return CocoDataset(
        annotations,
        images,
        class_names=class_names,
        on_error=on_error,
        check_images=False,
    )


def read_for_model(model, annotations, images, on_error):
    """A dataset with the classes of a model, for evaluation.

    Categories that the model does not know are left out, with a warning.

    Raises:
        CliError: If they have no class in common.
    """
    dataset = read_dataset(annotations, images, on_error)
    known, found = model.class_names, dataset.class_names
    if known is None or set(known) == set(found):
        return dataset
    if not set(known) & set(found):
        raise CliError(
            f"{annotations} has none of the model's classes. It has "
            f"{_listed(found)}; the model has {_listed(known)}."
        )
    others = [name for name in found if name not in set(known)]
    if others:
        warnings.warn(
            f"{annotations}: the model does not know {_listed(others)}; "
            "their annotations are left out.",
            stacklevel=2,
        )
    return read_dataset(annotations, images, on_error, class_names=known)


def select_images(dataset, options, letterbox):
    """The images that `--limit`, `--max-objects`, ... ask for.

    Args:
        dataset: The images.
        options: With `limit`, `max_objects` and `min_object_size`.
        letterbox: The model's, which says how large objects are on a canvas.

    Raises:
        CliError: If no image is left.
    """
    if options.max_objects or options.min_object_size:
        dataset = dataset.subset(_suitable(options, letterbox.fixed()))
    if options.limit:
        dataset = dataset.subset(slice(options.limit))
    if not len(dataset):
        raise CliError(
            "No image is left to work on: the annotation file lists none, or "
            "--max-objects and --min-object-size exclude all of them."
        )
    return dataset


def _suitable(options, letterbox):
    most = options.max_objects or float("inf")
    smallest = options.min_object_size or 0.0

    def suitable(record):
        if any(item.is_crowd for item in record.objects):
            return False
        scale = letterbox.scale(record.original_size)
        sizes = [_size(item.bbox) * scale for item in record.objects]
        return 1 <= len(sizes) <= most and min(sizes) >= smallest

    return suitable


def _size(box):
    x1, y1, x2, y2 = box
    return ((x2 - x1) * (y2 - y1)) ** 0.5


def check_images(dataset, on_error, workers=4):
    """Decodes each image once, so that nothing stops at night.

    Returns:
        The dataset, with `on_error="skip"` without the damaged images.

    Raises:
        ImageError: The first one, with `on_error="raise"`.
    """
    from keras_solo.data import ImageError

    def problem(record):
        try:
            record.load_image()
        except ImageError as error:
            return error
        return None

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        problems = list(pool.map(problem, dataset))
    wrong = [error for error in problems if error is not None]
    if not wrong:
        return dataset
    if on_error == "raise":
        raise wrong[0]
    warnings.warn(
        f"left out {len(wrong)} damaged images. The first: {wrong[0]}",
        stacklevel=2,
    )
    if len(wrong) == len(dataset):
        raise CliError("No image is left to work on: all are damaged.")
    return dataset.subset([error is None for error in problems])


def _listed(names):
    shown = ", ".join(names[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return shown + more
