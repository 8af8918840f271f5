"""What might have been found in a small image, and where it goes."""

import contextlib
import dataclasses
import pathlib

import numpy as np

from keras_solo.data.instances import Instances
from keras_solo.data.result_files.result import Result

CATEGORIES = {3: "dog, large", 7: "cat"}
SIZE = (10, 12)


def found(count=2, tracks=None):
    """Squares of 4 px: a cat, then a dog with a hole, then a cat, ..."""
    masks = np.zeros((count, *SIZE), bool)
    for number, mask in enumerate(masks):
        mask[2:6, 2 + 3 * number : 6 + 3 * number] = True
        mask[3, 3 + 3 * number] = not number % 2
    return Instances(
        masks,
        labels=[1 - number % 2 for number in range(count)],
        scores=[0.9 - number / 4 for number in range(count)],
        class_names=tuple(CATEGORIES.values()),
        category_ids=tuple(CATEGORIES),
        original_size=SIZE,
        image=np.full((*SIZE, 3), 60, np.uint8),
        track_ids=tracks,
    )


def result(name="street", instances=None, **options):
    instances = found() if instances is None else instances
    source = pathlib.Path("photos", f"{name}.jpg")
    return Result(source, name, instances, instances, **options)


def frame(number, instances=None, name="clip"):
    return dataclasses.replace(
        result(f"{name}/{number:06d}", instances),
        source=pathlib.Path("clips", f"{name}.mov"),
        frame=number,
        time=number / 30,
    )


@contextlib.contextmanager
def written(kind, folder, *results):
    """Files of one kind about some images."""
    files = kind(folder, CATEGORIES)
    with files.opened():
        for one in results:
            files.add(one)
        yield files


def names(folder):
    """All files below a folder."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )
