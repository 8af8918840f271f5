"""What commands read: classes that match, images that are wanted."""

import argparse
import json

import pytest

from keras_solo.cli.datasets import (
    check_images,
    read_dataset,
    read_for_model,
    select_images,
)
from keras_solo.cli.errors import CliError
from keras_solo.data import ImageError, ShapesDataset
from keras_solo.geometry import Letterbox


class Model:
    def __init__(self, *class_names):
        self.class_names = class_names


@pytest.fixture
def folder(tmp_path):
    ShapesDataset(4, original_size=(64, 64), seed=3).write(tmp_path)
    return tmp_path


def paths(folder):
    return folder / "annotations.json", folder / "images", "raise"


def options(limit=None, max_objects=None, min_object_size=None):
    return argparse.Namespace(
        limit=limit, max_objects=max_objects, min_object_size=min_object_size
    )


def make_crowd(folder):
    """Makes the first object a crowd."""
    path = folder / "annotations.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["iscrowd"] = 1
    path.write_text(json.dumps(content))
    return content["annotations"][0]["image_id"]


# === Classes ===


def test_same_classes_in_any_order(folder):
    model = Model("triangle", "circle", "rectangle")
    dataset = read_for_model(model, *paths(folder))
    # The order is the file's: evaluation matches names.
    assert dataset.class_names == ("circle", "rectangle", "triangle")
    unnamed = Model()
    unnamed.class_names = None
    assert len(read_for_model(unnamed, *paths(folder)).class_names) == 3


def test_classes_that_the_model_does_not_know(folder):
    with pytest.warns(UserWarning, match="does not know rectangle, triangle"):
        dataset = read_for_model(Model("circle"), *paths(folder))
    assert dataset.class_names == ("circle",)


def test_no_class_in_common(folder):
    with pytest.raises(CliError, match="none of the model's classes"):
        read_for_model(Model("cat"), *paths(folder))


# === Images ===


def test_limit(folder):
    dataset = read_dataset(*paths(folder))
    letterbox = Letterbox((64, 64))
    assert len(select_images(dataset, options(), letterbox)) == 4
    chosen = select_images(dataset, options(limit=3), letterbox)
    assert [record.image_id for record in chosen] == [1, 2, 3]


def test_most_objects_and_crowds(folder):
    letterbox = Letterbox((64, 64))
    dataset = read_dataset(*paths(folder))
    counts = {record.image_id: len(record.objects) for record in dataset}
    most = sorted(counts.values())[1]
    chosen = select_images(dataset, options(max_objects=most), letterbox)
    ids = [record.image_id for record in chosen]
    assert ids == [id_ for id_, n in counts.items() if 1 <= n <= most]

    crowded = make_crowd(folder)
    dataset = read_dataset(*paths(folder))
    chosen = select_images(dataset, options(max_objects=99), letterbox)
    assert crowded not in [record.image_id for record in chosen]
    assert len(chosen) == 3


def test_object_size_is_on_the_canvas(folder):
    dataset = read_dataset(*paths(folder))

    def smallest(record):
        boxes = [item.bbox for item in record.objects]
        return min(((x2 - x1) * (y2 - y1)) ** 0.5 for x1, y1, x2, y2 in boxes)

    sizes = sorted(smallest(record) for record in dataset)
    between = (sizes[1] + sizes[2]) / 2
    for side in (64, 128):
        chosen = select_images(
            dataset,
            options(min_object_size=between * side / 64),
            Letterbox((side, side)),
        )
        assert len(chosen) == 2
    with pytest.raises(CliError, match="No image is left"):
        select_images(dataset, options(min_object_size=65), Letterbox((64, 64)))


def test_damaged_images(folder):
    file = folder / "images" / "000002.png"
    file.write_bytes(file.read_bytes()[:99])
    dataset = read_dataset(*paths(folder))
    with pytest.raises(ImageError, match="000002.png"):
        check_images(dataset, "raise")
    with pytest.warns(UserWarning, match="left out 1 damaged .*000002.png"):
        dataset = check_images(dataset, "skip")
    assert [record.image_id for record in dataset] == [1, 3, 4]
    assert check_images(dataset, "raise") is dataset
    dataset = read_dataset(*paths(folder)).subset([1])
    with pytest.warns(UserWarning), pytest.raises(CliError, match="all are"):
        check_images(dataset, "skip")
