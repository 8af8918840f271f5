"""CocoDataset: stops at what is wrong, or leaves it out and says so."""

import json
import os
import pathlib

import cv2
import numpy as np
import pytest

from keras_solo.data import (
    AnnotationError,
    CocoDataset,
    ImageError,
    image_errors,
)
from keras_solo.geometry import Letterbox
from tests.turned_photos import write_turned

SIZE = (8, 10)


def annotation(id_=1, **changes):
    entry = {
        "id": id_,
        "image_id": 7,
        "category_id": 18,
        "segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]],
    }
    return {**entry, **changes}


def content(*annotations):
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "height": 8, "width": 10},
            {"id": 3, "file_name": "b.png", "height": 8, "width": 10},
        ],
        "annotations": list(annotations),
        "categories": [{"id": 18, "name": "dog"}, {"id": 2, "name": "cat"}],
    }


@pytest.fixture
def make(tmp_path):
    """Writes a file and two images; returns the dataset."""

    def make(data, **options):
        for name in ("a.png", "b.png"):
            image = np.full((*SIZE, 3), 50, np.uint8)
            cv2.imwrite(str(tmp_path / name), image)
        path = tmp_path / "instances.json"
        path.write_text(json.dumps(data))
        return CocoDataset(path, tmp_path, **options)

    return make


def test_no_images(make):
    dataset = make({"images": [], "annotations": [], "categories": []})
    assert len(dataset) == 0
    assert repr(dataset) == "<CocoDataset: 0 images, 0 classes>"


def test_records_classes_and_ids(make):
    dataset = make(content(annotation()))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.category_ids == (2, 18)
    assert [record.image_id for record in dataset] == [7, 3]
    assert dataset[-1].image_id == 3
    assert dataset[0].objects[0].label == 1
    with pytest.raises(IndexError, match="one of 2 images"):
        dataset[2]


def test_chosen_classes(make):
    dataset = make(content(annotation()), class_names=["dog"])
    assert dataset.category_ids == (18,)
    assert dataset[0].objects[0].label == 0


def test_what_is_wrong_ends_it(make):
    with pytest.raises(AnnotationError) as caught:
        make(content(annotation(), annotation(2, area=-1)))
    assert "instances.json: annotation 2: its area is -1" in str(caught.value)
    assert 'on_error="skip"' in str(caught.value)


def test_or_is_left_out_with_one_warning(make):
    with pytest.warns(UserWarning, match="left out 1 ann") as caught:
        dataset = make(
            content(annotation(), annotation(2, area=-1)), on_error="skip"
        )
    assert len(caught) == 1
    assert len(dataset.skipped) == 1
    assert len(dataset[0].objects) == 1
    assert caught[0].filename == __file__


def test_nothing_wrong_nothing_said(make, recwarn):
    dataset = make(content(annotation()), on_error="skip")
    assert dataset.skipped == []
    assert not recwarn.list


def damage(tmp_path):
    path = tmp_path / "b.png"
    path.write_bytes(path.read_bytes()[:-20])


def test_a_truncated_image_is_named_when_it_is_read(make, tmp_path):
    dataset = make(content(annotation()))
    damage(tmp_path)
    with pytest.raises(ImageError, match=r"b\.png: the image is truncated"):
        dataset[1].load_image()
    with pytest.raises(AnnotationError, match=r"image 3: .*b\.png: .*trunc"):
        CocoDataset(tmp_path / "instances.json", tmp_path, check_images=True)


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_images_are_checked_when_they_may_be_skipped(
    make, tmp_path, monkeypatch, on_error
):
    original = pathlib.Path.write_text

    def write_and_damage(path, *arguments):
        original(path, *arguments)
        damage(tmp_path)

    monkeypatch.setattr(pathlib.Path, "write_text", write_and_damage)
    if on_error == "raise":
        assert len(make(content())) == 2
        return
    with pytest.warns(UserWarning, match=r"left out 1 .*b\.png.*truncated"):
        assert len(make(content(), on_error="skip")) == 1


# === Photos that are turned ===


@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_turned_photos(tmp_path, orientation, reduced):
    """Batches of what was annotated as a person sees it."""
    upright, path, images = write_turned(tmp_path, orientation=orientation)
    dataset = CocoDataset(path, images, exif_orientation=True)
    assert list(image_errors(dataset)) == [None] * 3
    part = dataset.subset([2]).with_classes(upright.class_names[::-1])
    assert part[0].exif_orientation
    for record, true in zip(dataset, upright, strict=True):
        wrong = np.abs(record.load_image().astype(int) - true.load_image())
        assert wrong.mean() < 4
    options = {"augment": False, "shuffle": False, "max_objects": 6}
    found = dataset.batches(
        Letterbox((32, 32)), 3, reduced_decoding=reduced, **options
    )
    (pixels, targets), (true_pixels, true_targets) = (
        found[0],
        upright.batches(Letterbox((32, 32)), 3, **options)[0],
    )
    assert np.abs(pixels.astype(float) - true_pixels).mean() < 12
    for name, values in true_targets.items():
        np.testing.assert_array_equal(targets[name], values)


def test_the_error_says_that_photos_are_turned(tmp_path):
    _, path, images = write_turned(tmp_path)
    dataset = CocoDataset(path, images)
    message = (
        r"1\.jpg: the file is 96 x 64 .*, its annotations say 64 x 96\. They "
        r"are of the image turned as its EXIF tag says: exif_orientation=True"
    )
    with pytest.raises(ImageError, match=message):
        dataset[0].load_image()
    with pytest.raises(ImageError, match=message):
        dataset[0].load_image(at_least=(8, 8))
    content = json.loads(path.read_text())
    for entry in content["images"]:
        entry["height"], entry["width"] = 96, 64
    path.write_text(json.dumps({**content, "annotations": []}))
    dataset = CocoDataset(path, images, exif_orientation=True)
    with pytest.raises(ImageError, match="as it is stored: exif_orientation=F"):
        dataset[0].load_image()
    for entry in content["images"]:
        entry["height"] = 97
    path.write_text(json.dumps({**content, "annotations": []}))
    with pytest.raises(ImageError, match=r"annotations say 97 x 64\.$"):
        CocoDataset(path, images)[0].load_image()


# === Too large ===


def test_annotations_alone(make, tmp_path):
    """Without image files, and nothing is left out for that."""
    data = content(annotation())
    del data["images"][1]["file_name"]
    make(content())
    (tmp_path / "instances.json").write_text(json.dumps(data))
    for on_error in ("raise", "skip"):
        dataset = CocoDataset(
            tmp_path / "instances.json", None, on_error=on_error
        )
        assert len(dataset) == 2 and dataset.images is None
        assert [record.file_name for record in dataset] == ["a.png", ""]
        assert len(dataset[0].objects) == 1
    with pytest.raises(ImageError, match="neither an image nor a path"):
        dataset[0].load_image()


def test_the_most_pixels(make):
    data = content()
    assert len(make(data, max_pixels=80)) == 2
    with pytest.raises(AnnotationError, match="8 x 10 pixels .* at most 79"):
        make(data, max_pixels=79)
    dataset = make(data, max_pixels=100)
    assert dataset[0].max_pixels == 100
    large = np.zeros((8, 13, 3), np.uint8)
    cv2.imwrite(str(dataset[0].image_path), large)
    with pytest.raises(ImageError, match="8 x 13 .* max_pixels=100"):
        dataset[0].load_image()


def test_on_error_is_checked(tmp_path):
    with pytest.raises(ValueError, match='"raise" or "skip"'):
        CocoDataset(tmp_path / "a.json", tmp_path, on_error="ignore")


# === Real COCO ===


@pytest.mark.skipif(
    "KERAS_SOLO_COCO_MINI" not in os.environ,
    reason="KERAS_SOLO_COCO_MINI is not set",
)
@pytest.mark.parametrize("split", ["train2017", "val2017"])
def test_real_coco_has_no_error(split):
    root = pathlib.Path(os.environ["KERAS_SOLO_COCO_MINI"])
    path = root / "annotations" / f"instances_{split}.json"
    dataset = CocoDataset(path, root / split, check_images=True)
    assert dataset.num_classes == 80
    raw = json.loads(path.read_text())["annotations"]
    assert sum(len(record.objects) for record in dataset) == len(raw)
