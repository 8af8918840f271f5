"""Datasets out of files."""

import pytest

from keras_solo.data import AnnotationError, ImageError, Record
from keras_solo.data.file_dataset import FileDataset
from tests.data.formats.tiny import write_image


def reader(*records, wrong=()):
    def read(report):
        for message in wrong:
            report(message)
        return list(records), {3: "cat", 5: "dog"}

    return read


def test_nothing(tmp_path):
    dataset = FileDataset(tmp_path, reader())
    assert len(dataset) == 0 and dataset.skipped == []
    assert dataset.class_names == ("cat", "dog")
    assert dataset.category_ids == (3, 5)
    assert dataset.annotations == tmp_path
    with pytest.raises(IndexError):
        dataset[0]


def test_records(tmp_path):
    records = [Record(n, (8, 10)) for n in (1, 2)]
    dataset = FileDataset(tmp_path, reader(*records))
    assert [dataset[n].image_id for n in (0, 1, -1)] == [1, 2, 2]


def test_what_is_wrong(tmp_path):
    read = reader(wrong=["a.json: one.", "a.json: two."])
    with pytest.raises(AnnotationError, match=r'a\.json: one\. .*"skip"'):
        FileDataset(tmp_path, read)
    with pytest.warns(UserWarning, match=r"left out 2 .* first: a\.json: one"):
        dataset = FileDataset(tmp_path, read, on_error="skip")
    assert dataset.skipped == ["a.json: one.", "a.json: two."]
    with pytest.raises(ValueError, match="on_error"):
        FileDataset(tmp_path, read, on_error="ignore")


def test_damaged_images(tmp_path):
    good = Record(1, (8, 10), image_path=write_image(tmp_path / "a.png"))
    bad = Record(2, (8, 10), image_path=tmp_path / "b.png")
    with pytest.warns(UserWarning, match=r"image 2: .*b\.png"):
        dataset = FileDataset(tmp_path, reader(good, bad), "skip")
    assert [record.image_id for record in dataset] == [1]
    assert len(FileDataset(tmp_path, reader(good, bad))) == 2
    with pytest.raises((AnnotationError, ImageError), match=r"b\.png"):
        FileDataset(tmp_path, reader(good, bad), check_images=True)
