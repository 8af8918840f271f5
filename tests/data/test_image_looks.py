"""What is seen of one image: its file, its hash, its objects."""

import dataclasses
import threading

import cv2
import numpy as np
import pytest

from keras_solo.data.image_hash import distance, image_hash
from keras_solo.data.image_looks import looks
from tests.data.squares import Squares, picture, record, square


def in_file(folder, seed, *objects, size=(64, 64), **more):
    path = folder / f"{seed}.png"
    cv2.imwrite(str(path), picture(seed)[..., ::-1])
    return record(
        seed, *objects, size=size, image=None, image_path=path, **more
    )


def kinds(*records):
    return [look.kind for look in looks(Squares(*records))]


def test_nothing():
    assert list(looks(Squares())) == []


def test_what_is_well(tmp_path):
    crowd = square(0, 0, 9, is_crowd=True)
    first, second = looks(
        Squares(record(1), in_file(tmp_path, 2, crowd, square(1, 1, 4)))
    )
    assert (first.kind, first.error, first.crowds) == ("", "", 0)
    assert distance(first.hash, image_hash(picture(1))) == 0
    assert second.crowds == 1 and second.objects.pixels.tolist() == [16]
    assert distance(second.hash, image_hash(picture(2))) == 0


def test_what_is_wrong_with_files(tmp_path):
    missing, damaged, other = (
        in_file(tmp_path, 1),
        in_file(tmp_path, 2, square(1, 1, 4)),
        in_file(tmp_path, 3, size=(64, 71)),
    )
    missing.image_path.unlink()
    data = damaged.image_path.read_bytes()
    damaged.image_path.write_bytes(data[: len(data) // 2])
    nothing = dataclasses.replace(missing, image_path=None)
    found = list(looks(Squares(missing, damaged, other, nothing)))
    assert [one.kind for one in found] == [
        "missing_image", "damaged_image", "wrong_size", "missing_image",
    ]  # fmt: skip
    assert "truncated" in found[1].error
    assert "64 x 64 pixels (height x width), its annotations say 64 x 71" in (
        found[2].error
    )
    assert all(one.hash is None for one in found)
    # Its objects are annotated all the same.
    assert found[1].objects.pixels.tolist() == [16]


def test_photos_that_were_annotated_turned(tmp_path):
    path = tmp_path / "turned.jpg"
    tag = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + tag
    _, data = cv2.imencode(".jpg", picture(1, (32, 64)))
    data = data.tobytes()
    marker = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big")
    path.write_bytes(data[:2] + marker + exif + data[2:])
    one = record(1, size=(64, 32), image=None, image_path=path)
    (found,) = looks(Squares(one))
    assert found.kind == "wrong_size"
    assert found.error.endswith("exif_orientation=True.")
    one = dataclasses.replace(one, exif_orientation=True)
    assert kinds(one) == [""]


def test_an_outline_that_cannot_be_drawn():
    bad = dataclasses.replace(square(0, 0, 4), segmentation=([1.0, 2.0],))
    (found,) = looks(Squares(record(1, square(1, 1, 4), bad)))
    assert found.kind == "wrong_outline" and "Expected" in found.error
    assert len(found.objects.labels) == 0 and found.hash is not None


def test_each_image_is_asked_for_once():
    asked = []

    class Counted(Squares):
        def __getitem__(self, index):
            asked.append(index)
            return super().__getitem__(index)

    assert len(list(looks(Counted(*map(record, range(9))), workers=3))) == 9
    assert sorted(asked) == list(range(9))


def test_who_stops_asking_waits_for_no_more():
    asked = []
    go_on = threading.Event()

    class Slow(Squares):
        def __len__(self):
            return 100

        def __getitem__(self, index):
            asked.append(index)
            if index:
                go_on.wait(10)
            return record(index)

    answers = looks(Slow(), workers=1)
    assert next(answers).kind == ""
    threading.Timer(0.05, go_on.set).start()
    answers.close()
    assert len(asked) < 5


def test_other_errors_pass():
    class Odd(Squares):
        def __getitem__(self, index):
            raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        list(looks(Odd(np.zeros(1))))
