"""A folder in whatever format, by the user's own door."""

import numpy as np
import pytest
import yaml

from keras_solo.data import AnnotationError, FolderDataset, open_dataset
from keras_solo.geometry import Letterbox
from tests.data.formats.tiny import (
    CAT,
    DOG,
    WRITERS,
    mask,
    region,
    shape,
    write_coco,
    write_labelme,
    write_text,
    write_via,
    write_voc,
    write_yolo,
)


def test_nothing(tmp_path):
    with pytest.raises(AnnotationError, match="no dataset was found in it"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format(tmp_path, name, capsys):
    dataset = open_dataset(WRITERS[name](tmp_path / "data"))
    assert isinstance(dataset, FolderDataset) and dataset.format == name
    (record,) = dataset
    dog = record.objects[0]
    assert dog.bbox == DOG
    assert dataset.class_names[dog.label] in ("dog", "object", "person")
    np.testing.assert_array_equal(record.full_masks()[0], mask(DOG))
    assert record.objects[1].bbox == CAT
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{tmp_path / 'data'}: ")
    assert said[1].startswith("1 image, 2 objects")
    images, targets = dataset.batches(Letterbox((32, 32)), 1)[0]
    assert images.shape == (1, 32, 32, 3) and targets["masks"].any()


def test_quiet(tmp_path, capsys):
    open_dataset(write_coco(tmp_path), verbose=0)
    assert capsys.readouterr().out == ""


def test_several_layouts(tmp_path, capsys):
    write_coco(tmp_path)
    write_voc(tmp_path)
    assert open_dataset(tmp_path).format == "coco"
    assert (
        "COCO JSON. It has Pascal VOC (format='voc'), too."
        in capsys.readouterr().out
    )
    assert open_dataset(tmp_path, format="voc").format == "voc"


def test_splits(tmp_path, capsys):
    write_yolo(tmp_path, "val")
    names = yaml.safe_load((tmp_path / "data.yaml").read_text())
    write_yolo(tmp_path, "train")
    both = {**names, "train": "images/train"}
    write_text(tmp_path / "data.yaml", yaml.safe_dump(both))
    datasets = open_dataset(tmp_path)
    assert list(datasets) == ["train", "val"]
    assert "train: 1 image, 2 objects, 2 classes." in capsys.readouterr().out
    assert open_dataset(tmp_path, "val").split == "val"
    assert capsys.readouterr().out.splitlines()[1:] == [
        "val: 1 image, 2 objects, 2 classes."
    ]
    with pytest.raises(ValueError, match="one of train, val. Received: 'x'"):
        open_dataset(tmp_path, "x")


def test_splits_have_the_same_classes(tmp_path):
    write_labelme(tmp_path / "train", shape("dog", DOG))
    write_labelme(tmp_path / "val", shape("cat", CAT), shape("dog", DOG))
    datasets = open_dataset(tmp_path)
    for dataset in (*datasets.values(), open_dataset(tmp_path, "val")):
        assert dataset.class_names == ("dog", "cat")
        assert dataset.category_ids == (1, 2)
    labels = [item.label for item in datasets["val"][0].objects]
    assert labels == [1, 0]


@pytest.mark.parametrize("name", ["instance_png", "object_pngs"])
def test_a_class_for_what_has_none(tmp_path, name):
    root = WRITERS[name](tmp_path)
    dataset = open_dataset(root, class_name="nucleus", verbose=0)
    assert dataset.class_names == ("nucleus",)
    assert dataset.category_ids == (1,)
    assert [item.label for item in dataset[0].objects] == [0, 0]


def test_regions_without_a_class(tmp_path):
    root = write_via(tmp_path, region(DOG, name="dog"), region(CAT, name=" "))
    assert open_dataset(root, verbose=0).class_names == ("dog", "object")
    named = open_dataset(root, class_name="bird", verbose=0)
    assert named.class_names == ("bird", "dog")


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_class_names_that_are_none(tmp_path, name):
    root = WRITERS["instance_png"](tmp_path)
    with pytest.raises(ValueError, match="Expected class_name as the name"):
        open_dataset(root, class_name=name)


def test_a_class_that_nothing_gets(tmp_path):
    with pytest.raises(ValueError, match=r"YOLO.* classes .*'dog'"):
        open_dataset(write_yolo(tmp_path), class_name="bird", verbose=0)


def test_what_is_wrong(tmp_path, capsys):
    root = write_yolo(tmp_path)
    text = (root / "labels" / "train" / "a.txt").read_text()
    write_text(root / "labels" / "train" / "a.txt", text + "18 .5 .5 .1 .1\n")
    with pytest.raises(AnnotationError, match=r"a\.txt: line 4.*detection"):
        open_dataset(root)
    capsys.readouterr()
    with pytest.warns(UserWarning, match="left out 1 annotations"):
        dataset = open_dataset(root, on_error="skip")
    assert len(dataset.skipped) == 1 and len(dataset[0].objects) == 2
    assert "2 classes, 1 left out." in capsys.readouterr().out
    with pytest.raises(ValueError, match="on_error"):
        open_dataset(root, on_error="ignore")
