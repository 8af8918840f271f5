"""What commands read: annotations, chosen images, images that are whole."""

import argparse

import pytest

from keras_solo.cli.datasets import (
    check_images,
    choose_classes,
    read_dataset,
    read_split,
    read_splits,
    select_images,
)
from keras_solo.cli.errors import CliError
from keras_solo.data import AnnotationError, ImageError, ShapesDataset
from keras_solo.geometry import Letterbox
from tests.data.formats.tiny import write_labelme

LETTERBOX = Letterbox((64, 64))


@pytest.fixture
def folder(tmp_path):
    ShapesDataset(4, original_size=(64, 64), seed=3).write(tmp_path)
    return tmp_path


def read(folder, on_error="raise"):
    options = argparse.Namespace(
        on_error=on_error, exif_orientation=True, max_pixels=64 * 64
    )
    dataset = read_dataset(
        folder / "annotations.json", folder / "images", options
    )
    assert all(record.exif_orientation for record in dataset)
    assert all(record.max_pixels == 64 * 64 for record in dataset)
    return dataset


def test_images_are_not_decoded_yet(folder):
    for file in (folder / "images").iterdir():
        file.write_bytes(b"")
    assert len(read(folder)) == 4
    (folder / "annotations.json").write_text("{")
    with pytest.raises(AnnotationError):
        read(folder)


def test_classes_of_another_model(folder):
    dataset = read(folder)
    many = [f"kind {number}" for number in range(10)]
    with pytest.raises(CliError) as error:
        choose_classes(dataset, many, "data/other.json")
    message = str(error.value)
    assert message.startswith(
        "data/other.json has none of the model's classes. It has circle, "
        "rectangle, triangle; the model has kind 0, "
    )
    assert message.endswith("kind 7 and 2 more.")


def test_some_classes_of_another_model(folder):
    dataset = read(folder)
    assert choose_classes(dataset, dataset.class_names, "a.json") is not None
    with pytest.warns(UserWarning) as caught:
        chosen = choose_classes(dataset, ("circle", "car"), "data/a.json")
    assert chosen.class_names == ("circle", "car")
    assert [str(warning.message) for warning in caught] == [
        "data/a.json: left out the objects of other classes: rectangle, "
        "triangle.",
        "data/a.json: there is no object of these classes: car.",
    ]


def test_no_image_is_left(folder):
    with pytest.raises(CliError, match="No image is left"):
        select_images(read(folder), LETTERBOX, min_object_size=65)
    with pytest.raises(CliError, match="No image is left"):
        select_images(read(folder).subset([]), LETTERBOX)


def test_selection(folder):
    dataset = read(folder)
    assert select_images(dataset, LETTERBOX) is dataset
    chosen = select_images(dataset, LETTERBOX, limit=3)
    assert [record.image_id for record in chosen] == [1, 2, 3]
    counts = [len(record.objects) for record in dataset]
    most = sorted(counts)[1]
    chosen = select_images(dataset, LETTERBOX, max_objects=most)
    assert len(chosen) == sum(count <= most for count in counts)
    # On a canvas that is twice as large, objects are, too.
    sizes = sorted(map(smallest, dataset))
    between = (sizes[1] + sizes[2]) / 2
    for side in (64, 128):
        limit = between * side / 64
        letterbox = Letterbox((side, side))
        chosen = select_images(dataset, letterbox, min_object_size=limit)
        assert len(chosen) == 2


def smallest(record):
    boxes = [item.bbox for item in record.objects]
    return min(((x2 - x1) * (y2 - y1)) ** 0.5 for x1, y1, x2, y2 in boxes)


def test_damaged_images(folder):
    file = folder / "images" / "000002.png"
    file.write_bytes(file.read_bytes()[:99])
    with pytest.raises(ImageError, match="000002.png"):
        check_images(read(folder), "raise")
    with pytest.warns(UserWarning, match="left out 1 damaged .*000002.png"):
        dataset = check_images(read(folder), "skip")
    assert [record.image_id for record in dataset] == [1, 3, 4]
    assert check_images(dataset, "raise") is dataset
    damaged = read(folder).subset([1])
    with pytest.warns(UserWarning), pytest.raises(CliError, match="all are"):
        check_images(damaged, "skip")


def options_of(**changes):
    options = {
        "format": None,
        "allow_outside": False,
        "class_name": "object",
        "on_error": "raise",
        "exif_orientation": True,
        "max_pixels": 64 * 64,
    }
    return argparse.Namespace(**{**options, **changes})


def splits_of(folder, **changes):
    return read_splits(folder, options_of(**changes))


def test_splits(tmp_path, folder):
    train, valid = splits_of(folder)
    assert len(train) == 4 and valid is None
    assert train[0].exif_orientation and train[0].max_pixels == 64 * 64
    for split in ("val", "test"):
        write_labelme(tmp_path / "labelme" / split)
    with pytest.raises(CliError, match="called train. It has test, val."):
        splits_of(tmp_path / "labelme")
    write_labelme(tmp_path / "labelme" / "train")
    train, valid = splits_of(tmp_path / "labelme", format="labelme")
    assert (train.split, valid.split) == ("train", "val")


def test_one_split(tmp_path, folder):
    assert len(read_split(folder, None, options_of())) == 4
    for split in ("train", "test"):
        write_labelme(tmp_path / "labelme" / split)
    where, options = tmp_path / "labelme", options_of(format="labelme")
    assert read_split(where, "test", options).split == "test"
    with pytest.raises(CliError, match="no split 'val'. .* of t[a-z]+, t[a-z]"):
        read_split(where, None, options)
    write_labelme(where / "val")
    assert read_split(where, None, options).split == "val"
