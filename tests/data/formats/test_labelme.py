"""LabelMe, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import labelme
from keras_solo.data.formats.labelme import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    labelme_content,
    mask,
    png_text,
    shape,
    write_image,
    write_json,
    write_labelme,
    write_text,
)
from tests.turned_photos import with_exif_orientation


def read_one(root, **options):
    (place,) = find(root)
    found = read(place, Reading(root, **options))
    (record,) = found.records
    return record, list(found.categories.values())


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    write_json(tmp_path / "a.json", {"shapes": []})
    assert find(tmp_path) == []


def test_by_hand(tmp_path):
    record, names = read_one(write_labelme(tmp_path))
    assert names == ["cat", "dog"]
    assert [item.label for item in record.objects] == [1, 0]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])
    assert record.file_name == "a.png"


def test_folders_within(tmp_path):
    write_labelme(tmp_path / "train")
    write_labelme(tmp_path / "val")
    (tmp_path / "empty").mkdir()
    assert [place.split for place in find(tmp_path)] == ["train", "val"]


def test_groups_are_one_object(tmp_path):
    shapes = (
        shape("dog", DOG, group_id=1),
        shape("dog", CAT, group_id=1),
        shape("cat", CAT, group_id=1),
        shape("dog", CAT),
    )
    record, _ = read_one(write_labelme(tmp_path, *shapes))
    assert [item.area for item in record.objects] == [24, 12, 12]


def test_what_is_left_out(tmp_path):
    shapes = (
        shape("__ignore__", DOG),
        shape("_background_", DOG),
        shape("dog", DOG, shape_type="linestrip"),
        shape("dog", DOG, shape_type="point"),
    )
    record, names = read_one(write_labelme(tmp_path, *shapes))
    assert record.objects == () and names == []


def test_other_shapes(tmp_path):
    x1, y1, x2, y2 = DOG
    box = {"shape_type": "rectangle", "points": [[x2, y2], [x1, y1]]}
    circle = {"shape_type": "circle", "points": [[5, 4], [5, 7]]}
    drawn = {
        "shape_type": "mask",
        "points": [[5, 4], [8, 6]],
        "mask": png_text(np.ones((3, 4))),
    }
    shapes = (
        shape("a", DOG, **box),
        shape("b", DOG, **circle),
        shape("c", CAT, **drawn),
        shape("d", CAT, **drawn, group_id=2),
        shape("d", DOG, group_id=2),
    )
    record, _ = read_one(write_labelme(tmp_path, *shapes))
    masks = record.full_masks()
    np.testing.assert_array_equal(masks[0], mask(DOG))
    y, x = np.mgrid[:8, :10] + 0.5
    inside = np.hypot(x - 5, y - 4) < 3
    assert (masks[1] != inside).sum() <= 6  # pixels that it cuts through
    np.testing.assert_array_equal(masks[2], mask(CAT))
    np.testing.assert_array_equal(masks[3], mask(CAT) | mask(DOG))


def test_images_elsewhere(tmp_path):
    write_image(tmp_path / "images" / "a.png")
    content = labelme_content(shape("dog", DOG), imagePath="..\\images\\a.png")
    content |= {"imageHeight": None, "imageWidth": None}
    write_json(tmp_path / "labels" / "a.json", content)
    record, _ = read_one(tmp_path)
    assert record.original_size == (8, 10)
    assert record.file_name == "../images/a.png"


def test_a_turned_photo(tmp_path):
    path = write_image(tmp_path / "a.jpg", (10, 8))
    path.write_bytes(with_exif_orientation(path.read_bytes(), 6))
    content = labelme_content(shape("dog", DOG), imagePath="a.jpg")
    write_json(tmp_path / "a.json", content)
    with pytest.raises(AnnotationError, match="exif_orientation=True may help"):
        read_one(tmp_path)
    record, _ = read_one(tmp_path, exif_orientation=True)
    assert record.load_image().shape == (8, 10, 3)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"imagePath": 7}, "a file name as"),
        ({"imagePath": "b.png"}, r"b\.png: cannot be read"),
        ({"imagePath": "../../b.png"}, "leads out of the folder"),
        ({"imageHeight": 9}, "8 x 10 pixels, and it says 9 x 10"),
        ({"shapes": {}}, "a list of shapes"),
        ({"shapes": [7]}, "shape 0 is 7"),
        ({"shapes": [shape(None, DOG)]}, "shape 0 has the label None"),
        ({"shapes": [shape("a", DOG, group_id=[1])]}, r"of group \[1\]"),
        ({"shapes": [shape("a", DOG, points=7)]}, "expected points"),
        ({"shapes": [shape("a", DOG, points=[[1, "2"]])]}, "expected points"),
        ({"shapes": [shape("a", DOG, points=[[1, 1e12]])]}, "expected points"),
        (
            {"shapes": [shape("a", DOG, points=[[1, 2]])]},
            "'a': .* three points",
        ),
        (
            {"shapes": [shape("a", DOG, shape_type="mask", mask="x")]},
            "shape 0",
        ),
        (
            {
                "shapes": [
                    shape(
                        *("a", DOG),
                        shape_type="mask",
                        mask=png_text(np.ones((9, 10))),
                    )
                ]
            },
            "shape 0: .* more than max_pixels=80",
        ),
        (
            {
                "shapes": [
                    shape(
                        *("a", CAT),
                        shape_type="mask",
                        mask=png_text(np.ones((8, 10))),
                    )
                ]
            },
            r"its mask of 8 x 10 pixels at \[5, 4\] .* not within",
        ),
        (
            {
                "shapes": [
                    shape(
                        *("a", DOG),
                        shape_type="mask",
                        mask=png_text(np.zeros((2, 2))),
                    )
                ]
            },
            "its mask has no pixel",
        ),
    ],
)
def test_what_is_wrong(tmp_path, changes, what):
    content = {**labelme_content(), **changes}
    write_image(tmp_path / "a.png")
    path = write_json(tmp_path / "a.json", content)
    with pytest.raises(AnnotationError, match=what) as error:
        read_one(tmp_path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "[]"])
def test_files_that_are_none(tmp_path, text):
    write_text(tmp_path / "a.json", text + '"shapes" "imagePath"')
    with pytest.raises(AnnotationError, match=r"a\.json"):
        read_one(tmp_path)


def test_there_and_back(tmp_path):
    assert there_and_back(labelme, tmp_path) == {}
