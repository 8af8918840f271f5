import json

import numpy as np
import pytest

from keras_solo.data import CocoDataset, ShapesDataset


def test_no_images():
    assert list(ShapesDataset(num_images=0)) == []


def test_no_objects():
    record = ShapesDataset(1, min_objects=0, max_objects=0)[0]
    assert record.objects == ()
    assert record.load_image().shape == (128, 128, 3)


def test_the_same_image_whatever_else_there_is():
    few, many = ShapesDataset(3, seed=4), ShapesDataset(30, seed=4)
    np.testing.assert_array_equal(few[2].image, many[2].image)
    np.testing.assert_array_equal(few[2].full_masks(), many[2].full_masks())
    assert (ShapesDataset(3, seed=5)[2].image != few[2].image).any()


def test_index_from_the_end():
    shapes = ShapesDataset(3)
    assert shapes[-1].image_id == shapes[2].image_id
    with pytest.raises(IndexError):
        shapes[3]


def test_masks_are_disjoint_and_annotations_are_theirs():
    for record in ShapesDataset(20, seed=1):
        masks = record.full_masks()
        assert 1 <= len(masks) <= 6
        assert (masks.sum(axis=0) <= 1).all()
        for mask, item in zip(masks, record.objects, strict=True):
            ys, xs = np.nonzero(mask)
            assert item.area == len(xs) >= 40
            assert item.bbox == (
                xs.min(),
                ys.min(),
                xs.max() + 1,
                ys.max() + 1,
            )


def test_all_classes_and_sizes_appear():
    shapes = ShapesDataset(100)
    objects = [item for record in shapes for item in record.objects]
    assert {item.label for item in objects} == {0, 1, 2}
    sides = np.sqrt([item.area for item in objects])
    assert sides.min() < 12
    assert sides.max() > 55
    assert max(len(record.objects) for record in shapes) == 6


def test_fewer_classes():
    shapes = ShapesDataset(10, num_classes=1)
    assert shapes.class_names == ("circle",)
    assert {item.label for r in shapes for item in r.objects} == {0}


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_classes": 4},
        {"min_objects": 3, "max_objects": 2},
        {"original_size": (16, 64)},
    ],
)
def test_it_refuses(arguments):
    with pytest.raises(ValueError, match="Received"):
        ShapesDataset(**arguments)


def test_written_and_read_back(tmp_path):
    shapes = ShapesDataset(3, original_size=(64, 96), seed=2)
    path = shapes.write(tmp_path)
    read = CocoDataset(path, tmp_path / "images")
    assert read.class_names == shapes.class_names
    for ours, theirs in zip(shapes, read, strict=True):
        np.testing.assert_array_equal(ours.image, theirs.load_image())
        np.testing.assert_array_equal(ours.full_masks(), theirs.full_masks())
        assert [item.label for item in ours.objects] == [
            item.label for item in theirs.objects
        ]
    assert json.loads(path.read_text()) == shapes.to_coco()
