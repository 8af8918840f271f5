"""Writes folders in every format, opens them again, and compares all masks.

`python -m tests.round_trip_formats FOLDER[:FORMAT] ...`, each a folder that
`open_dataset` knows.
"""

import pathlib
import sys
import tempfile
import warnings

from keras_solo.data import FolderDataset, open_dataset, write_dataset
from keras_solo.data.formats.layouts import FORMATS
from keras_solo.data.masks import rasterize


def compare(before, after):
    """How many objects there are, come back exactly, and are of their class."""
    there = exact = 0
    for one, other in zip(before, after, strict=True):
        size = one.original_size
        found = {}
        for item in other.instances:
            mask = rasterize(item.segmentation, size)
            found.setdefault(mask.tobytes(), []).append(item.label)
        for item in one.instances:
            there += 1
            same = found.get(rasterize(item.segmentation, size).tobytes())
            names = {after.class_names[label] for label in same or ()}
            exact += bool(names & {before.class_names[item.label], "object"})
    return there, exact


def main(arguments):
    warnings.simplefilter("ignore")
    for argument in arguments:
        folder, _, name = argument.partition(":")
        opened = open_dataset(folder, format=name or None)
        if isinstance(opened, FolderDataset):
            opened = {"train": opened}
        for split, dataset in opened.items():
            for one in FORMATS:
                print(f"{argument} {split}", round_trip(dataset, one.name))


def round_trip(dataset, name):
    with tempfile.TemporaryDirectory() as folder:
        lost = write_dataset(dataset, folder, name)
        again = open_dataset(folder, format=name, verbose=0)
        there, exact = compare(in_order(dataset), in_order(again))
    return (
        f"{name}: {exact} of {there} objects exact, lost: {lost or 'nothing'}"
    )


def in_order(dataset):
    """The images by name: formats sort them, each in its own way."""
    stems = [pathlib.Path(record.file_name).stem for record in dataset]
    order = sorted(range(len(dataset)), key=stems.__getitem__)
    return dataset.subset(order)


if __name__ == "__main__":
    main(sys.argv[1:])
