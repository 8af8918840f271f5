"""Which formats a folder is in."""

import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats.layouts import FORMATS, find_layouts
from tests.data.formats.tiny import WRITERS, write_image


def test_nothing(tmp_path):
    with pytest.raises(AnnotationError, match="no folder .*missing"):
        find_layouts(tmp_path / "missing")
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "data.yaml").touch()
    with pytest.raises(AnnotationError, match="some', perhaps"):
        find_layouts(tmp_path / "some" / "data.yaml")
    (tmp_path / "some" / "data.yaml").unlink()
    (tmp_path / "some").rmdir()
    with pytest.raises(AnnotationError, match="COCO JSON, YOLO .* has nothing"):
        find_layouts(tmp_path)
    write_image(tmp_path / "a.png")
    with pytest.raises(AnnotationError, match=r"it has 'a\.png'"):
        find_layouts(tmp_path)


def test_every_format_has_a_writer():
    assert [one.name for one in FORMATS] == list(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_one(tmp_path, name):
    (layout,) = find_layouts(WRITERS[name](tmp_path))
    assert layout.format.name == name
    assert len(layout.places) == 1


def test_several_come_in_a_fixed_order(tmp_path):
    for write in reversed(WRITERS.values()):
        write(tmp_path)
    found = [layout.format.name for layout in find_layouts(tmp_path)]
    assert found == list(WRITERS)
    (layout,) = find_layouts(tmp_path, "voc")
    assert layout.format.name == "voc"


def test_names(tmp_path):
    (layout,) = find_layouts(WRITERS["coco"](tmp_path))
    assert [place.split for place in layout.places] == ["train"]
    with pytest.raises(ValueError, match="one of coco, yolo.* 'cocoa'"):
        find_layouts(tmp_path, "cocoa")
    with pytest.raises(AnnotationError, match="Looked for Pascal VOC; it has"):
        find_layouts(tmp_path, "voc")
