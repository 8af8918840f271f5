"""YOLO segmentation, by hand."""

import numpy as np
import pytest
import yaml

from keras_solo.data import AnnotationError
from keras_solo.data.formats import yolo
from keras_solo.data.formats.reading import Reading
from keras_solo.data.formats.yolo import find, read
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    line,
    mask,
    write_image,
    write_text,
    write_yolo,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    for content in ("", "a: 1", "names: [a]", "[", "!!python/object:os.x {}"):
        write_text(tmp_path / "data.yaml", content)
        assert find(tmp_path) == []


def test_by_hand(tmp_path):
    (place,) = find(write_yolo(tmp_path))
    assert place.split == "train"
    write_image(tmp_path / "images" / "train" / "b.png")  # without labels
    found = read(place, Reading(tmp_path))
    assert found.categories == {17: "cat", 18: "dog"}
    one, other = found.records
    assert [item.label for item in one.objects] == [1, 0]
    assert [item.bbox for item in one.objects] == [DOG, CAT]
    np.testing.assert_array_equal(one.full_masks(), [mask(DOG), mask(CAT)])
    assert other.objects == () and other.file_name == "b.png"


def set_yaml(root, **changes):
    path = root / "data.yaml"
    content = {**yaml.safe_load(path.read_text()), **changes}
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize("named", ["images/train", "../images/train"])
@pytest.mark.parametrize("base", ["elsewhere", ".", 7, None, "x" * 5000])
def test_where_images_lie(tmp_path, named, base):
    root = write_yolo(tmp_path / "data")
    set_yaml(root, train=named, path=base, val="", test=None)
    (place,) = find(root)
    assert place.images.resolve() == (root / "images" / "train").resolve()


def test_names_as_a_list(tmp_path):
    root = write_yolo(tmp_path)
    set_yaml(root, names=["cat", "dog"])
    write_text(root / "labels" / "train" / "a.txt", line(1, DOG))
    found = read(find(root)[0], Reading(root))
    assert found.categories == {0: "cat", 1: "dog"}
    assert found.records[0].objects[0].label == 1


@pytest.mark.parametrize(
    "names", [[], {}, "cat", {"a": "cat"}, {-1: "cat"}, [["cat"]], ["a", "a"]]
)
def test_names_that_are_none(tmp_path, names):
    root = write_yolo(tmp_path)
    set_yaml(root, names=names)
    with pytest.raises(AnnotationError, match=r"data\.yaml"):
        read(find(root)[0], Reading(root))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("18 .5 .5 .2 .2", r"line 1: it has a box .*for detection"),
        ("\n18 .1 .1 .2", "line 2: polygon 0 needs at least three"),
        ("9 .1 .1 .2 .1 .2 .2", r"its class 9 is none of \[17, 18\]"),
        ("18 10 10 20 10 20 20", "corners from 0 to 1"),
        ("18 nan .1 .2 .1 .2 .2", "corners from 0 to 1"),
        ("dog .1 .1 .2 .1 .2 .2", "a class id and numbers"),
        ("18 .1 .1 .2 .1 .2 x", "a class id and numbers"),
        ("18", "three points"),
        ("18 " + "9" * 5000, "corners from 0 to 1"),
    ],
)
def test_lines_that_are_wrong(tmp_path, text, what):
    root = write_yolo(tmp_path)
    path = write_text(root / "labels" / "train" / "a.txt", text)
    with pytest.raises(AnnotationError, match=what) as error:
        read(find(root)[0], Reading(root))
    assert str(path) in str(error.value)
    found = read(find(root)[0], Reading(root, report=lambda _: None))
    assert found.records[0].objects == ()


def test_files_that_are_wrong(tmp_path):
    root = write_yolo(tmp_path)
    (root / "labels" / "train" / "a.txt").write_bytes(b"\xff\xfe\0\0")
    with pytest.raises(AnnotationError, match=r"a\.txt: cannot be read"):
        read(find(root)[0], Reading(root))
    (root / "images" / "train" / "a.png").write_bytes(b"no image")
    with pytest.raises(AnnotationError, match=r"a\.png: .*damaged"):
        read(find(root)[0], Reading(root))
    # It leads elsewhere, where nothing may be read.
    outside = write_image(tmp_path.parent / f"{tmp_path.name}-x" / "a.png")
    set_yaml(root, train=str(outside.parent))
    with pytest.raises(AnnotationError, match="leads out of the folder"):
        read(find(root)[0], Reading(root))


def test_there_and_back(tmp_path):
    assert there_and_back(yolo, tmp_path) == {}


def test_folders_that_are_not_there(tmp_path):
    root = write_yolo(tmp_path)
    set_yaml(root, val="images/val", test=["a.txt"])
    with pytest.warns(UserWarning) as caught:
        (place,) = find(root)
    assert place.split == "train"
    words = [str(one.message) for one in caught]
    assert words == [
        f"{root / 'data.yaml'}: val: left out, there is no folder "
        "'images/val'.",
        f"{root / 'data.yaml'}: test: expected a folder, left out ['a.txt'].",
    ]


def test_labels_beside_the_images_below_a_folder_of_that_name(tmp_path):
    root = write_yolo(tmp_path / "images" / "data")
    (root / "images" / "train").rename(root / "train")
    (root / "labels" / "train" / "a.txt").rename(root / "train" / "a.txt")
    set_yaml(root, train="train")
    (record,) = read(find(root)[0], Reading(root)).records
    assert len(record.objects) == 2


def test_references_are_not_read(tmp_path):
    root = write_yolo(tmp_path)
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for one, other in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{one}: &{one} [{', '.join([f'*{other}'] * 9)}]")
    path = root / "data.yaml"
    path.write_text("\n".join([*lines, "names: *i", "train: images/train"]))
    assert find(root) == []


@pytest.mark.parametrize("split", ["birds", "trainval"])
def test_splits_that_yolo_has_not(tmp_path, split):
    with pytest.raises(ValueError, match=f"one of train, val.* '{split}'"):
        yolo.write([], {1: "cat"}, tmp_path, split)
    assert list(tmp_path.iterdir()) == []


def test_splits_with_other_classes(tmp_path):
    yolo.write([], {1: "cat", 2: "dog"}, tmp_path, "train")
    with pytest.raises(ValueError, match=r"data\.yaml has other classes"):
        yolo.write([], {1: "dog", 2: "cat"}, tmp_path, "val")
    yolo.write([], {5: "cat", 6: "dog"}, tmp_path, "val")
    content = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert content == {
        "path": ".",
        "train": "images/train",
        "val": "images/val",
        "names": {0: "cat", 1: "dog"},
    }
