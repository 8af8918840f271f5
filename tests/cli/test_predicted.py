"""What `keras-solo predict` writes, by the packaged preset, and read again."""

import csv
import dataclasses
import json
import shutil

import cv2
import numpy as np
import pytest

from keras_solo.cli import predicted
from keras_solo.data import (
    Instances,
    ShapesDataset,
    VideoWriter,
    load_image,
    open_dataset,
    open_video,
)
from keras_solo.inference import tile_progress
from keras_solo.inference.chosen_stream import chosen_stream
from keras_solo.models import SOLOv2
from tests.data.clips import write_short, write_sound
from tests.data.found import names

PRESET = "--preset", "solov2_tiny_shapes"
# A name as somebody's camera, and somebody, may write it.
ODD = "my clip, \u5c71"


def scene(number, side=128):
    """A circle goes right and a rectangle goes left, 2 px a frame."""
    image = np.full((side, side, 3), (60, 70, 90), np.uint8)
    right, left = (24 + 2 * number) % side, (side - 24 - 2 * number) % side
    cv2.circle(image, (right, 40), 18, (220, 60, 50), -1, cv2.LINE_AA)
    corners = (left - 16, 76), (left + 16, 108)
    cv2.rectangle(image, *corners, (60, 200, 80), -1)
    return image


def write_clip(path, count, fps=10):
    with VideoWriter(path, fps, "mp4v") as writer:
        for number in range(count):
            writer.write(scene(number))
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two images of one name, one with nothing on it, and one in a folder."""
    folder = tmp_path_factory.mktemp("photos")
    dataset = ShapesDataset(3, seed=11)
    (folder / "deep").mkdir()
    for name, record in zip(
        ("street.png", "street.bmp", "deep/a b, \u5c71.png"),
        dataset,
        strict=True,
    ):
        image = record.load_image()[..., ::-1]
        (folder / name).write_bytes(cv2.imencode(name[-4:], image)[1])
    nothing = np.full((96, 128, 3), 90, np.uint8)
    cv2.imwrite(str(folder / "nothing.png"), nothing)
    return folder


@pytest.fixture(scope="module")
def model():
    return SOLOv2.from_preset("solov2_tiny_shapes")


@pytest.fixture(autouse=True)
def compiled_once(model, monkeypatch):
    """All commands here use one model, so that it is compiled once."""
    monkeypatch.setattr(SOLOv2, "from_preset", lambda preset: model)


def rows(folder):
    with open(folder / "results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_images_in_every_kind(keras_solo, photos, tmp_path):
    out = tmp_path / "out"
    code, printed, _ = keras_solo(
        "predict", *PRESET, f"{photos}/**/*.[pb][nm][gp]", "--output", out,
        "--write", "pictures,coco,yolo", "--write", "labelme,csv,label-maps",
    )  # fmt: skip
    assert code == 0
    assert "in 4 images: pictures, results.json, the folder yolo," in printed
    stems = ["a b, \u5c71", "nothing", "street", "street_2"]
    for where, suffix in (
        (".", ".png"),
        ("label-maps", ".png"),
        ("labelme", ".json"),
        ("yolo/labels", ".txt"),
    ):
        found = [path for path in (out / where).iterdir() if path.is_file()]
        found = [path.stem for path in found if path.suffix == suffix]
        assert sorted(set(found) - {"results"}) == stems
    # In the order of the pattern, each as its own files say.
    content = json.loads((out / "results.json").read_text())
    assert [image["picture"][:-4] for image in content["images"]] == [
        *("a b, \u5c71", "nothing", "street", "street_2")
    ]
    assert len(rows(out)) == len(content["annotations"]) > 4
    check_again(out, content, photos)


def check_again(out, content, photos):
    """What the files of other tools say is what results.json says."""
    (out / "yolo" / "images").mkdir()
    for image in content["images"]:
        stem = image["picture"][:-4]
        copy = out / "yolo" / "images" / f"{stem}.png"
        cv2.imwrite(str(copy), load_image(image["path"])[..., ::-1])
        found = Instances.from_coco(
            [
                one
                for one in content["annotations"]
                if one["image_id"] == image["id"]
            ],
            (image["height"], image["width"]),
            category_ids=[1, 2, 3],
        )
        ids = Instances.from_label_map(
            out / "label-maps" / f"{stem}.png", found.labels, found.scores
        )
        assert (ids.to_label_map() == found.to_label_map()).all()
        # YOLO and LabelMe, through the dataset that each of them is.
        lines = (out / "yolo" / "labels" / f"{stem}.txt").read_text()
        yolo = Instances.from_yolo(lines, found.original_size)
        assert (yolo.masks == found.masks).all()
    datasets = (
        open_dataset(out / "yolo"),
        open_dataset(out / "labelme", allow_outside=True),
    )
    for dataset in datasets:
        assert len(dataset) == 4
        counted = sum(len(record.objects) for record in dataset)
        assert counted == len(content["annotations"])


def test_a_video_is_drawn_with_its_tracks(keras_solo, tmp_path):
    clip = write_clip(tmp_path / f"{ODD}.mp4", 6)
    out = tmp_path / "out"
    code, printed, error = keras_solo(
        "predict", *PRESET, clip, "--track", "--output", out
    )
    assert (code, error) == (0, "")
    printed = " ".join(printed.split())
    assert f"{ODD}.mp4: 6 frames, 12 instances, 2 tracks, drawn in" in printed
    assert "in 6 frames of 1 video: results.csv and the drawn video" in printed
    assert names(out) == [f"{ODD}.mp4", "results.csv"]
    back = open_video(out / f"{ODD}.mp4")
    assert (len(list(back.frames())), back.fps) == (6, 10)
    table = rows(out)
    assert {row["file"] for row in table} == {str(clip)}
    for name in ("circle", "rectangle"):
        one = [row for row in table if row["class"] == name]
        assert [int(row["frame"]) for row in one] == list(range(6))
        assert [float(row["time"]) for row in one] == [
            pytest.approx(number / 10) for number in range(6)
        ]
        assert len({row["track"] for row in one}) == 1
        assert "" not in {row["track"] for row in one}


def test_frames_in_other_kinds(keras_solo, photos, tmp_path):
    """With an image among them, and every other frame."""
    clip, out = write_clip(tmp_path / "clip.mp4", 4), tmp_path / "out"
    code, printed, _ = keras_solo(
        "predict", *PRESET, clip, photos / "street.png", "--every", 2,
        "--write", "pictures,coco,label-maps,video", "--output", out,
        "--batch-size", 1,
    )  # fmt: skip
    assert code == 0
    assert "in 1 image and 2 frames of 1 video: pictures," in printed
    assert names(out) == [
        "clip.mp4",
        *("clip/000000.png", "clip/000002.png"),
        *("label-maps/clip/000000.png", "label-maps/clip/000002.png"),
        *("label-maps/street.png", "results.json", "street.png"),
    ]
    back = open_video(out / "clip.mp4")
    assert (back.count, back.fps) == (2, 5)
    content = json.loads((out / "results.json").read_text())
    assert [one.get("frame") for one in content["images"]] == [None, 0, 2]
    assert content["images"][2]["time"] == pytest.approx(0.2)


def test_videos_that_are_none(keras_solo, photos, tmp_path):
    """Each has its line, and others are segmented."""
    shutil.copy(photos / "street.png", tmp_path)
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 1000)
    (tmp_path / "empty.mkv").touch()
    write_sound(tmp_path / "sound.wav").rename(tmp_path / "sound.mov")
    out = tmp_path / "out"
    code, printed, error = keras_solo(
        "predict", *PRESET, tmp_path, "--output", out,
    )  # fmt: skip
    assert code == 1
    for name in ("broken.mp4", "empty.mkv", "sound.mov"):
        [line] = [line for line in error.splitlines() if name in line]
        assert line.startswith(f"keras-solo: skipped: {tmp_path / name}: ")
    assert "3 of 4 files could not be read and were skipped." in error
    assert "in 1 image" in printed
    # The header of a table, and nothing of them.
    assert names(out) == ["results.csv", "results.json", "street.png"]
    assert not rows(out)


def test_a_video_that_is_cut_short(keras_solo, tmp_path):
    clip = write_short(tmp_path / "short.avi")
    with pytest.warns(UserWarning, match="short.avi: the video ends after"):
        code, printed, _ = keras_solo(
            "predict", *PRESET, clip, "--output", tmp_path / "out"
        )
    assert code == 0 and "short.avi: 5 frames," in " ".join(printed.split())


def test_tiles_and_views(keras_solo, tmp_path, monkeypatch):
    """An image of four canvases, tile by tile, and its mirror image."""
    monkeypatch.setattr(tile_progress, "LONG", 4)
    parts = [scene(number) for number in (0, 8, 16, 24)]
    image = np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
    cv2.imwrite(str(tmp_path / "large.png"), image[..., ::-1])
    counts = {}
    for option in ("--tiled", "--tta"):
        out = tmp_path / f"out{option}"
        code, printed, _ = keras_solo(
            "predict", *PRESET, tmp_path / "large.png", option,
            "--output", out, "--write", "csv,pictures",
        )  # fmt: skip
        assert code == 0
        counts[option] = len(rows(out))
        # One large image may take an hour.
        assert ("10 of 10 tiles\n" in printed) == (option == "--tiled")
        assert names(out) == ["large.png", "results.csv"]
    assert counts["--tiled"] == 8


def test_an_image_that_is_never_in_memory(keras_solo, tmp_path, monkeypatch):
    """It is drawn nevertheless."""

    def without_images(*given, **options):
        for index, found in chosen_stream(*given, **options):
            yield index, dataclasses.replace(found, image=None)

    monkeypatch.setattr(predicted, "chosen_stream", without_images)
    parts = [scene(number) for number in (0, 8)]
    path, out = tmp_path / "slide.tif", tmp_path / "out"
    cv2.imwrite(str(path), np.hstack(parts)[..., ::-1])
    code, _, _ = keras_solo(
        "predict", *PRESET, path, "--tiled", "--output", out,
        "--write", "pictures,csv", "--score", 0.5,
    )  # fmt: skip
    assert code == 0 and len(rows(out)) == 4
    picture = load_image(out / "slide.png")
    height, width = (side // 64 for side in picture.shape[:2])
    want = cv2.resize(np.hstack(parts), (4 * width, 4 * height))
    small = cv2.resize(picture, (4 * width, 4 * height))
    # Where nothing is, it is the image.
    assert np.abs(small[-1] - want[-1].astype(int)).max() < 20


def test_a_tile_that_is_no_canvas(error_of, photos, tmp_path):
    line = error_of(
        "predict", *PRESET, "--output", tmp_path, "--tiled",
        photos / "street.png", "--tile", 40, 40,
    )  # fmt: skip
    assert "Expected a tile (height, width) that the model's" in line
    assert not names(tmp_path)


def test_an_interrupt_leaves_nothing_half(
    keras_solo, photos, tmp_path, monkeypatch
):
    (tmp_path / "results.json").write_text("before")

    def plot(self, *options, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_solo.data.Instances.plot", plot)
    code, _, error = keras_solo(
        "predict", *PRESET, photos, "--output", tmp_path,
        "--write", "label-maps,csv,coco,pictures",
    )  # fmt: skip
    assert code == 130 and "interrupted" in error
    assert names(tmp_path) == ["results.json"]
    assert (tmp_path / "results.json").read_text() == "before"


@pytest.mark.long
def test_a_hundred_frames(keras_solo, tmp_path):
    clip, out = write_clip(tmp_path / "clip.mp4", 100, 25), tmp_path / "out"
    code, printed, _ = keras_solo(
        "predict", *PRESET, clip, "--track", "--output", out
    )
    assert code == 0 and "clip.mp4: 100 frames" in printed
    capture = cv2.VideoCapture(str(out / "clip.mp4"))
    count = 0
    while capture.read()[0]:
        count += 1
    assert count == 100
    assert {int(row["frame"]) for row in rows(out)} == set(range(100))
