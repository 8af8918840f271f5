"""Small pictures with squares in them, to look at datasets with."""

import numpy as np

from keras_solo.data import InstanceDataset, ObjectAnnotation, Record


def square(x, y, side, label=0, **more):
    box = (x, y, x + side, y + side)
    polygon = [x, y, x + side, y, x + side, y + side, x, y + side]
    return ObjectAnnotation(label, box, (polygon,), side * side, **more)


def picture(seed, size=(64, 64)):
    """Smooth colours that differ from one seed to another."""
    few = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)
    height, width = size
    rows, columns = (
        np.arange(height) * 8 // height,
        np.arange(width) * 8 // width,
    )
    return few[rows][:, columns]


def record(seed, *objects, size=(64, 64), **more):
    image = picture(seed, size)
    name = f"{seed}.png"
    more = {"image": image, "file_name": name, **more}
    return Record(seed, size, objects, **more)


class Squares(InstanceDataset):
    """A list of records."""

    def __init__(self, *records, class_names=("cat", "dog")):
        super().__init__(class_names)
        self.records = records

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        return self.records[index]
