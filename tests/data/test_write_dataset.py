"""A dataset as a folder: written, opened, and compared."""

import dataclasses
from contextlib import nullcontext

import numpy as np
import pytest

from keras_solo.data import (
    InstanceDataset,
    ObjectAnnotation,
    Record,
    ShapesDataset,
    open_dataset,
    write_dataset,
)
from keras_solo.data.formats.layouts import FORMATS
from keras_solo.data.masks import encode_mask, rasterize

WRITTEN = [one.name for one in FORMATS]
SIZE = (40, 60)


class Drawn(InstanceDataset):
    """Images whose masks are given."""

    def __init__(self, *masks, crowds=()):
        super().__init__(["person", "car"], [17, 18])
        self.objects = tuple(
            ObjectAnnotation(
                number % 2,
                (0.0, 0.0, 60.0, 40.0),
                encode_mask(mask),
                float(mask.sum()),
                number in crowds,
                number + 1,
            )
            for number, mask in enumerate(masks)
        )

    def __len__(self):
        return 1

    def __getitem__(self, index):
        image = np.full((*SIZE, 3), 90, np.uint8)
        name = "in/a.png"
        return Record(7, SIZE, self.objects, image=image, file_name=name)


class Renamed(InstanceDataset):
    """The same images by other names."""

    def __init__(self, dataset):
        super().__init__(dataset.class_names, dataset.category_ids)
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        record = self.dataset[index]
        name = f"other {record.file_name}"
        return dataclasses.replace(record, file_name=name)


def box(x1, y1, x2, y2):
    mask = np.zeros(SIZE, np.uint8)
    mask[y1:y2, x1:x2] = 1
    return mask


def masks_of(record):
    return [rasterize(o.segmentation, SIZE) for o in record.instances]


RING = box(2, 2, 20, 20) - box(5, 5, 15, 15)
PARTS = box(30, 2, 40, 10) + box(45, 20, 55, 30)
PLAIN = box(2, 25, 25, 38)


@pytest.mark.parametrize("name", WRITTEN)
def test_there_and_back(tmp_path, name):
    lost = write_dataset(ShapesDataset(0), tmp_path / "none", name)
    assert lost == {}
    with pytest.warns(UserWarning) if "png" in name else nullcontext():
        lost = write_dataset(Drawn(RING, PARTS, PLAIN), tmp_path / "a", name)
    assert set(lost) <= {"classes of objects"}
    dataset = open_dataset(tmp_path / "a", format=name, verbose=0)
    (record,) = dataset
    assert record.load_image().shape == (*SIZE, 3)
    found = masks_of(record)
    assert len(found) == 3
    for mask in (RING, PARTS, PLAIN):
        assert any(np.array_equal(mask, one) for one in found)
    if "classes of objects" not in lost:
        names = [dataset.class_names[o.label] for o in record.instances]
        assert sorted(names) == ["car", "person", "person"]


LOST = {
    "coco": {},
    "yolo": {"crowds": 1},
    "labelme": {"crowds": 1},
    "via": {"crowds": 1},
    "cvat": {"crowds": 1},
    # What lies above the crowd, and the overlap.
    "panoptic": {"covered pixels": 400 + 400},
    "voc": {"crowds": 1, "covered pixels": 100},
    "cityscapes": {"covered pixels": 400 + 400},
    "object_pngs": {"crowds": 1, "classes of objects": 2},
    "instance_png": {
        "crowds": 1,
        "covered pixels": 100,
        "classes of objects": 2,
    },
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.filterwarnings("ignore:.*cannot hold")
def test_what_is_lost(tmp_path, name):
    one, other = box(0, 0, 20, 20), box(10, 10, 30, 30)
    crowd = box(0, 0, 60, 40)
    lost = write_dataset(Drawn(one, other, crowd, crowds=[2]), tmp_path, name)
    assert lost == LOST[name]


@pytest.mark.filterwarnings("ignore:.*cannot hold")
@pytest.mark.parametrize(
    "name", ["panoptic", "voc", "cityscapes", "instance_png"]
)
def test_objects_that_are_covered(tmp_path, name):
    small, large = box(5, 5, 8, 8), box(0, 0, 20, 20)
    lost = write_dataset(Drawn(small, large), tmp_path, name)
    assert lost["covered objects"] == 1 and lost["covered pixels"] == 9


@pytest.mark.parametrize("name", WRITTEN)
def test_several_splits(tmp_path, name):
    for split in ("train", "val"):
        shapes = ShapesDataset(2, original_size=(32, 48), num_classes=1)
        if name == "cityscapes":
            shapes.class_names = ("person",)
        if split == "val":
            shapes = Renamed(shapes)
        write_dataset(shapes, tmp_path, name, split)
    datasets = open_dataset(tmp_path, format=name, verbose=0)
    assert [*datasets] == ["train", "val"]
    assert all(len(dataset) == 2 for dataset in datasets.values())
    with pytest.raises(ValueError, match="has a split called val already"):
        write_dataset(shapes, tmp_path, name, "val")


def test_the_warning_says_what(tmp_path):
    dataset = Drawn(PLAIN, RING, crowds=[1])
    with pytest.warns(UserWarning, match=r"train: YOLO .* all \(crowds: 1\)\."):
        write_dataset(dataset, tmp_path, "yolo")


def test_what_is_wrong(tmp_path):
    shapes = ShapesDataset(1)
    with pytest.raises(ValueError, match="one of coco, .* Received: 'xml'"):
        write_dataset(shapes, tmp_path, "xml")
    for split in ("", "..", "a/b"):
        with pytest.raises(ValueError, match="the name of a split"):
            write_dataset(shapes, tmp_path, split=split)


@pytest.mark.filterwarnings("ignore:.*cannot hold")
@pytest.mark.parametrize("name", [one for one in WRITTEN if one != "coco"])
def test_objects_without_a_pixel(tmp_path, name):
    lost = write_dataset(Drawn(PLAIN, 0 * PLAIN), tmp_path, name)
    assert lost["objects without a pixel"] == 1
    (record,) = open_dataset(tmp_path, format=name, verbose=0)
    assert len(record.objects) == 1
