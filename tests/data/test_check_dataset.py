"""Each kind of problem is planted, and found; nothing else is."""

import dataclasses

import cv2
import numpy as np
import pytest

from keras_solo.data import ShapesDataset, check_dataset, open_dataset
from keras_solo.data.findings import KINDS
from keras_solo.geometry import Levels
from tests.data.formats.tiny import coco_content, write_image, write_json
from tests.data.squares import Squares, picture, record, square

SIZE = (64, 64)


def kinds(*records, **more):
    more = {"few_objects": 1, "image_size": SIZE, **more}
    dataset = Squares(*records, class_names=("cat",))
    report = check_dataset(dataset, **more)
    return {one.kind: one.count for one in report.problems}


def splits(train, val, **more):
    datasets = {"train": Squares(*train), "val": Squares(*val)}
    more = {"few_objects": 1, "image_size": SIZE, **more}
    report = check_dataset(datasets, **more)
    return {one.kind: dict(one.counts) for one in report.problems}


def large(seed, **more):
    return record(seed, square(8, 8, 30), **more)


def test_nothing():
    assert kinds() == {"no_image": 1, "class_without_object": 1}
    with pytest.raises(ValueError, match="Expected one split or more"):
        check_dataset({})


def test_nothing_is_wrong():
    assert kinds(large(1), large(2)) == {}


def test_splits_have_the_same_classes():
    with pytest.raises(ValueError, match="all with the same classes"):
        check_dataset({"train": Squares(), "val": Squares(class_names=["cow"])})


def test_a_canvas_is_checked_before_any_image():
    told = []
    with pytest.raises(ValueError, match="multiples of 32"):
        check_dataset(Squares(large(1)), (100, 128), progress=told.append)
    assert told == []


# === Files ===


def test_files(tmp_path):
    records = []
    for seed in range(4):
        path = tmp_path / f"{seed}.png"
        cv2.imwrite(str(path), picture(seed))
        records.append(large(seed, image=None, image_path=path))
    records[0].image_path.unlink()
    data = records[1].image_path.read_bytes()
    records[1].image_path.write_bytes(data[:-30])
    records[2] = dataclasses.replace(records[2], original_size=(64, 65))
    found = kinds(*records)
    assert found == {"missing_image": 1, "damaged_image": 1, "wrong_size": 1}


def test_an_outline_that_cannot_be_drawn():
    bad = dataclasses.replace(square(0, 0, 4), segmentation=([1.0, 2.0],))
    assert kinds(large(1), record(2, bad)) == {"wrong_outline": 1}


def test_entries_that_were_left_out(tmp_path):
    content = coco_content()
    content["annotations"][0]["segmentation"] = [[1, 2]]
    write_image(tmp_path / "images" / "a.png")
    write_json(tmp_path / "annotations.json", content)
    with pytest.warns(UserWarning, match="left out 1"):
        dataset = open_dataset(tmp_path, on_error="skip", check_images=False,
                               verbose=0)  # fmt: skip
    found = check_dataset(dataset).problems[0]
    assert (found.kind, found.count) == ("left_out", 1)
    assert "annotation 1" in found.examples[0].text


def test_blank_images_and_images_without_objects():
    blank = np.full((*SIZE, 3), 9, np.uint8)
    found = kinds(large(1), record(2, image=blank), record(3))
    assert found == {"blank_image": 1, "image_without_object": 2}


def test_crowds_are_counted_and_nothing_else():
    crowd = square(0, 0, 30, is_crowd=True)
    assert kinds(large(1), record(2, crowd, crowd)) == {"crowd": 2}


# === Copies ===


def test_copies_in_another_split():
    """Re-encoded, and at half the size: named in the later split."""
    _, data = cv2.imencode(".jpg", picture(1), [cv2.IMWRITE_JPEG_QUALITY, 60])
    again = cv2.imdecode(data, cv2.IMREAD_COLOR)
    small = picture(1)[::2, ::2]
    val = [
        large(7, image=again),
        large(8, size=(32, 32), image=small),
        large(9),
    ]
    datasets = {"train": Squares(large(5), large(1)), "val": Squares(*val)}
    report = check_dataset(datasets, SIZE, few_objects=1)
    found = next(
        one for one in report.problems if one.kind == "duplicate_between_splits"
    )
    assert found.counts == {"val": 2}
    assert found.examples[0].text == "like train: 1.png"
    assert found.examples[0].other.image_id == 1


def test_copies_in_their_split_are_a_note():
    assert kinds(large(1), large(2), large(1)) == {"duplicate_in_split": 1}
    assert KINDS["duplicate_in_split"].severity == "note"


# === Classes ===


def test_classes():
    """Cats to train on alone, dogs to measure on alone."""
    dog = record(2, square(8, 8, 30, 1))
    assert splits([large(1)], [dog]) == {
        "class_not_in_train": {"train": 1}, "class_not_in_split": {"val": 1},
    }  # fmt: skip
    assert splits([large(1)], [large(2)]) == {
        "class_without_object": {"train": 1},
    }


@pytest.mark.parametrize(("few", "found"), [(2, {}), (3, {"few_objects": 1})])
def test_few_objects(few, found):
    assert kinds(large(1), large(2), few_objects=few) == found


def test_the_first_split_is_trained_on_where_none_is_called_train():
    datasets = {"a": Squares(large(1)), "b": Squares(large(2))}
    report = check_dataset(datasets, SIZE, few_objects=2)
    counts = {one.kind: dict(one.counts) for one in report.problems}
    assert counts["few_objects"] == {"a": 1}


# === Objects ===


def test_an_object_of_three_pixels():
    tiny = dataclasses.replace(square(50, 50, 1), bbox=(50, 50, 53, 51),
        segmentation=([50, 50, 53, 50, 53, 51, 50, 51],))  # fmt: skip
    assert kinds(record(1, square(4, 4, 20), tiny)) == {"tiny_object": 1}
    # Sixteen pixels are a cell of the mask grid.
    assert kinds(record(1, square(4, 4, 4))) == {}
    assert kinds(record(1, square(4, 4, 4)), image_size=(32, 32)) == {
        "tiny_object": 1,
    }


def test_an_object_without_a_pixel():
    nothing = square(8.4, 8.4, 0.05)
    assert kinds(record(1, square(30, 30, 20), nothing)) == {
        "unassigned_object": 1,
    }


def test_objects_that_no_range_holds():
    levels = Levels((8,), ((4, 16),), ("P3",))
    assert kinds(large(1), levels=levels) == {"unassigned_object": 1}


def test_objects_in_one_cell():
    """Of 4 cells a side each has 16 pixels; the later one takes it."""
    levels = Levels((4,), ((0, np.inf),), ("P3",))
    found = kinds(
        record(1, square(20, 20, 4), square(19, 19, 6)), levels=levels
    )
    assert found == {"hidden_object": 1, "collision": 2}


def test_five_hundred_objects():
    places = [(x, y) for x in range(2, 252, 10) for y in range(2, 202, 10)]
    many = record(1, *(square(*place, 7) for place in places), size=(256, 256))
    assert kinds(many, image_size=(256, 256)) == {"beyond_max_detections": 1}
    found = kinds(
        many, image_size=(256, 256), max_detections=500, max_objects=499
    )
    assert found == {"beyond_max_objects": 1}
    assert kinds(many, image_size=(256, 256), max_detections=500) == {}


# === All of it ===


def test_each_image_is_told_of():
    told = []
    datasets = {"train": Squares(large(1), large(2)), "val": Squares(large(3))}
    check_dataset(datasets, SIZE, progress=told.append)
    assert told == [1, 2, 3]


def test_levels_are_those_of_the_dataset():
    """The report of `suggest_levels`, and the proposal."""
    shapes = ShapesDataset(num_images=6)
    report = check_dataset(shapes, image_size=(128, 128))
    assert report.levels == shapes.suggest_levels((128, 128))
    assert report.suggestion == shapes.suggest_settings((128, 128))
    assert report.splits[0].objects == report.levels.num_objects
    assert report.splits[0].most_objects == shapes.max_objects()
