"""Files of all kinds about images and videos, each whole or not there."""

import csv
import json
import tracemalloc

import numpy as np
import pytest

from keras_solo.data.images import load_image
from keras_solo.data.result_writer import (
    KINDS,
    OF_IMAGES,
    OF_VIDEOS,
    ResultWriter,
)
from keras_solo.data.video import VideoError, open_video
from tests.data.found import found, names

CLASSES = "dog", "cat"


def writer(folder, images=(), videos=(), **options):
    return ResultWriter(folder, images, videos, class_names=CLASSES, **options)


def frames(count, broken_at=None):
    for number in range(count):
        if number == broken_at:
            raise VideoError("clip.mov: broken")
        yield number, number / 25, found()


def test_nothing(tmp_path):
    with writer(tmp_path, OF_IMAGES):
        pass
    want = ["results.csv", "results.json", "yolo/data.yaml"]
    assert names(tmp_path) == want


def test_an_image_in_all_kinds(tmp_path):
    with writer(tmp_path / "new" / "out", OF_IMAGES) as one:
        one.write_image("photos/a b.jpg", found())
    assert names(tmp_path / "new" / "out") == [
        "a b.png",
        "label-maps/a b.png",
        "labelme/a b.json",
        *("results.csv", "results.json"),
        *("yolo/data.yaml", "yolo/labels/a b.txt"),
    ]
    content = json.loads((tmp_path / "new/out/results.json").read_text())
    assert content["images"][0]["picture"] == "a b.png"
    assert content["categories"][1] == {"id": 2, "name": "cat"}


def test_something_else_is_drawn(tmp_path):
    """All of it is in the files of data."""
    with writer(tmp_path, ["pictures", "csv"]) as one:
        one.write_image("a.jpg", found(), drawn=found(0))
    assert (load_image(tmp_path / "a.png") == 60).all()
    assert (tmp_path / "results.csv").read_text().count("\n") == 3


def test_names_do_not_collide(tmp_path):
    with writer(tmp_path, ["label-maps"]) as one:
        for path in ("a/street.jpg", "a/street.png", "b/Street.jpg"):
            one.write_image(path, found(0))
    assert names(tmp_path / "label-maps") == [
        *("Street_3.png", "street.png", "street_2.png")
    ]


def test_what_is_read_is_not_written_over(tmp_path):
    photo = tmp_path / "a.png"
    photo.write_text("a photo")
    with writer(tmp_path, ["pictures"], sources=[photo]) as one:
        one.write_image(photo, found())
    assert photo.read_text() == "a photo"
    assert names(tmp_path) == ["a.png", "a_2.png"]


def test_a_video_in_all_kinds(tmp_path):
    with writer(tmp_path, [], OF_VIDEOS) as one:
        written = one.write_video("clips/clip.mov", frames(2), fps=25)
    assert written.frames == 2
    assert written.path == tmp_path / "clip.mp4"
    assert written.codec in ("h264", "mp4v")
    assert open_video(written.path).count == 2
    assert names(tmp_path) == [
        "clip.mp4",
        *("clip/000000.png", "clip/000001.png"),
        *("label-maps/clip/000000.png", "label-maps/clip/000001.png"),
        *("results.csv", "results.json", "yolo/data.yaml"),
        *("yolo/labels/clip/000000.txt", "yolo/labels/clip/000001.txt"),
    ]


def test_images_and_videos_each_in_theirs(tmp_path):
    with writer(tmp_path, ["csv"], ["video", "csv"]) as one:
        one.write_image("a.jpg", found(1))
        one.write_video("b.mov", frames(1), fps=25)
    assert names(tmp_path) == ["b.mp4", "results.csv"]
    with open(tmp_path / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["a.jpg", "b.mov", "b.mov"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (frames(3, broken_at=2), "clip.mov: broken"),
        ([], "clip.mov: no frame was read from it"),
    ],
)
def test_of_a_broken_video_nothing_is_left(tmp_path, given, problem):
    kinds = "coco", "csv", "video"
    with writer(tmp_path, ["csv", "coco"], kinds) as one:
        one.write_image("a.jpg", found())
        with pytest.raises(VideoError, match=problem):
            one.write_video("clip.mov", given, fps=25)
    assert names(tmp_path) == ["results.csv", "results.json"]
    content = json.loads((tmp_path / "results.json").read_text())
    assert [image["path"] for image in content["images"]] == ["a.jpg"]
    assert (tmp_path / "results.csv").read_text().count("\n") == 3


def test_a_video_that_cannot_be_written_has_no_rows(tmp_path):
    (tmp_path / "clip.mp4").mkdir()
    with writer(tmp_path, [], ["csv", "video"]) as one:
        with pytest.raises(OSError, match="clip.mp4"):
            one.write_video("clip.mov", frames(1), fps=25)
    assert names(tmp_path) == ["results.csv"]
    assert (tmp_path / "results.csv").read_text().count("\n") == 1


def test_after_an_interrupt_nothing_is_half(tmp_path):
    before = {"results.json": "before", "notes.txt": "mine"}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(KeyboardInterrupt):
        with writer(tmp_path, ["pictures", "coco", "csv"]) as one:
            one.write_image("a.jpg", found())
            raise KeyboardInterrupt
    assert names(tmp_path) == ["a.png", "notes.txt", "results.json"]
    for name, text in before.items():
        assert (tmp_path / name).read_text() == text


def test_wrong_kinds(tmp_path):
    with pytest.raises(ValueError, match="images among pictures, coco"):
        writer(tmp_path, ["video"])
    with pytest.raises(ValueError, match="videos among .*'labelme'"):
        writer(tmp_path, [], ["labelme"])
    with pytest.raises(ValueError, match="'nope'"):
        writer(tmp_path, "nope")
    assert not names(tmp_path)


def test_wrong_classes(tmp_path):
    with pytest.raises(ValueError, match="2 different integers"):
        writer(tmp_path, ["coco"], category_ids=[1])
    with pytest.raises(ValueError, match="list of names"):
        ResultWriter(tmp_path, class_names="dog")


def test_only_within_a_with_statement(tmp_path):
    one = writer(tmp_path, ["label-maps"])
    with pytest.raises(ValueError, match="with ResultWriter"):
        one.write_image("a.jpg", found())
    with one:
        pass
    with pytest.raises(ValueError, match="with ResultWriter"):
        one.write_image("a.jpg", found())


def kept_bytes(folder, instances):
    """What is in memory after 50 images with these instances."""
    with writer(folder, ["coco", "csv"]) as one:
        one.write_image("a.jpg", instances)
        tracemalloc.start()
        for number in range(50):
            one.write_image(f"{number}.jpg", instances)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return kept


def test_memory_does_not_grow_with_instances(tmp_path):
    few = kept_bytes(tmp_path / "few", found())
    many = kept_bytes(tmp_path / "many", found()[np.zeros(60, int)])
    assert (tmp_path / "many" / "results.json").stat().st_size > 400_000
    assert many < few + 50_000


def test_kinds_are_for_images_or_for_videos():
    assert set(OF_IMAGES) | set(OF_VIDEOS) == set(KINDS)
