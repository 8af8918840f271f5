"""Paths, sizes and records of what is read."""

import pytest

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.reading import Reading, image_files, is_image
from tests.data.formats.tiny import write_image
from tests.turned_photos import with_exif_orientation


def test_nothing(tmp_path):
    assert image_files(tmp_path) == []


def test_image_files(tmp_path):
    for name in ("b.PNG", "a.jpg", ".hidden.png", "c.txt", "in/d.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [p.name for p in image_files(tmp_path)] == ["a.jpg", "b.PNG"]
    assert [p.name for p in image_files(tmp_path, deep=True)] == [
        *("a.jpg", "b.PNG", "d.tif")
    ]
    assert is_image(tmp_path / "x.webp") and not is_image(tmp_path / "x")


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/../../x.png"])
def test_no_path_leads_out(tmp_path, name):
    with pytest.raises(WrongEntry, match=r"leads out .* allow_outside=True"):
        Reading(tmp_path).inside(tmp_path / name)
    path = tmp_path / name
    assert Reading(tmp_path, allow_outside=True).inside(path) == path


@pytest.mark.parametrize("name", ["x.png", "a/../x.png", "..x/y.png"])
def test_paths_within(tmp_path, name):
    assert Reading(tmp_path).inside(tmp_path / name) == tmp_path / name


def test_sizes(tmp_path):
    path = write_image(tmp_path / "a.jpg", (8, 10))
    assert Reading(tmp_path).image_size(path) == (8, 10)
    path.write_bytes(with_exif_orientation(path.read_bytes(), 6))
    assert Reading(tmp_path).image_size(path) == (8, 10)
    turned = Reading(tmp_path, exif_orientation=True)
    assert turned.image_size(path) == (10, 8)
    with pytest.raises(WrongEntry, match="at most 79 pixels"):
        Reading(tmp_path, max_pixels=79).image_size(path)
    with pytest.raises(WrongEntry, match=r"missing\.jpg: cannot be read"):
        Reading(tmp_path).image_size(tmp_path / "missing.jpg")
    with pytest.raises(WrongEntry, match="cannot be read"):
        Reading(tmp_path).image_size(tmp_path / "a\0b")


def test_a_record(tmp_path):
    path = write_image(tmp_path / "in" / "a.png")
    reading = Reading(tmp_path, exif_orientation=True, max_pixels=100)
    record = reading.record(3, path, (8, 10), [], tmp_path)
    assert record.file_name == "in/a.png" and record.image_id == 3
    assert record.exif_orientation and record.max_pixels == 100
    assert record.load_image().shape == (8, 10, 3)
