"""Pascal VOC, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError, Record
from keras_solo.data.formats import voc
from keras_solo.data.formats.reading import Reading
from keras_solo.data.formats.voc import find, indices, read
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    ids,
    mask,
    write_image,
    write_map,
    write_text,
    write_voc,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    (tmp_path / "SegmentationObject").mkdir()
    assert find(tmp_path) == []
    assert indices(np.zeros((0, 3), np.int32)).shape == (0, 3)


def test_by_hand(tmp_path):
    (place,) = find(write_voc(tmp_path))
    found = read(place, Reading(tmp_path))
    assert found.categories[12] == "dog" and len(found.categories) == 20
    (record,) = found.records
    assert [item.label for item in record.objects] == [11, 7]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])


def test_colours_of_the_palette():
    # Entries 1, 2, 8, 255: (128, 0, 0), (0, 128, 0), (64, 0, 0) and the border.
    packed = np.array(
        [[0, 128, 128 << 8, 64, 224 | 224 << 8 | 192 << 16]], np.int32
    )
    assert indices(packed).tolist() == [[0, 1, 2, 8, 255]]
    others = np.array([[0, 1_234_567]], np.int32)
    assert indices(others).tolist() == others.tolist()


def test_lists_are_splits(tmp_path):
    write_voc(tmp_path / "VOC2012")
    lists = tmp_path / "VOC2012" / "ImageSets" / "Segmentation"
    write_text(lists / "train.txt", "a\n\n")
    write_text(lists / "val.txt", "")
    places = find(tmp_path)
    assert [place.split for place in places] == ["train", "val"]
    counts = [len(read(one, Reading(tmp_path)).records) for one in places]
    assert counts == [1, 0]


def test_own_names(tmp_path):
    root = write_voc(tmp_path)
    names = ["_background_", *(f"class {i}" for i in range(1, 13))]
    write_text(root / "class_names.txt", "\n".join(names) + "\n")
    found = read(find(root)[0], Reading(root))
    assert found.categories[12] == "class 12" and len(found.categories) == 12
    for text in ("background\n", "b\na\na\n"):
        write_text(root / "class_names.txt", text)
        with pytest.raises(AnnotationError, match="different names"):
            read(find(root)[0], Reading(root))
    (root / "class_names.txt").write_bytes(b"\xff")
    with pytest.raises(AnnotationError, match="cannot be read"):
        read(find(root)[0], Reading(root))


def test_what_is_wrong(tmp_path):
    root = write_voc(tmp_path)
    (place,) = find(root)
    write_map(root / "SegmentationClass" / "a.png", ids(77, 8))
    with pytest.raises(AnnotationError, match="object 1 is of class 77"):
        read(place, Reading(root))
    write_map(root / "SegmentationClass" / "a.png", np.zeros((2, 2)))
    with pytest.raises(AnnotationError, match="2 x 2 pixels"):
        read(place, Reading(root))
    write_map(root / "SegmentationObject" / "b.png", ids())
    with pytest.raises(AnnotationError, match="there is no image 'b'"):
        read(place, Reading(root, report=refuse_b))
    lists = root / "ImageSets" / "Segmentation" / "x.txt"
    write_text(lists, "").write_bytes(b"\xff")
    with pytest.raises(AnnotationError, match=r"x\.txt: cannot be read"):
        read(find(root)[0], Reading(root))
    write_image(root / "JPEGImages" / "b.jpg")


def refuse_b(message):
    if "'b'" in message:
        raise AnnotationError(message)


def test_there_and_back(tmp_path):
    assert there_and_back(voc, tmp_path) == {}


def test_names_that_become_equal(tmp_path):
    image = np.zeros((8, 10, 3), np.uint8)
    names = "x/y.png", "x_y.png"
    records = [
        Record(number, (8, 10), image=image, file_name=name)
        for number, name in enumerate(names)
    ]
    with pytest.raises(ValueError, match="images of different names"):
        voc.write(records, {1: "cat"}, tmp_path, "train")


def test_names_of_classes_that_are_lines(tmp_path):
    voc.write([], {1: "cat\ndog"}, tmp_path, "train")
    assert read(find(tmp_path)[0], Reading(tmp_path)).categories == {
        1: r"cat\ndog"
    }
    with pytest.raises(ValueError, match="has other classes"):
        voc.write([], {1: "cat"}, tmp_path, "val")
    with pytest.raises(ValueError, match="at most 254 classes"):
        voc.write([], dict.fromkeys(range(255), "x"), tmp_path, "val")


def test_numbers_are_no_colours():
    numbers = np.array([[0, 64, 128]], np.uint8)
    assert indices(numbers) is numbers
