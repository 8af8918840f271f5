"""`keras-solo predict`: a picture of each image, all instances in one file."""

import json
import shutil

import cv2
import numpy as np
import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.predict import image_paths, picture_names
from keras_solo.data import CocoDataset, load_image
from keras_solo.geometry import Intensity, Letterbox


def test_folders_and_files(tmp_path):
    for name in ("b.png", "a.JPG", "notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "deeper.png").mkdir()
    found = image_paths([tmp_path, tmp_path / "b.png", tmp_path / "notes.txt"])
    # A file that is named is tried whatever its name; none comes twice.
    assert [path.name for path in found] == ["a.JPG", "b.png", "notes.txt"]


def test_nothing_to_segment(tmp_path):
    with pytest.raises(CliError, match="no image in the folder"):
        image_paths([tmp_path])
    with pytest.raises(CliError, match="no file or folder"):
        image_paths([tmp_path / "nothing"])


def test_subfolders_by_choice(tmp_path):
    for name in ("deep/a.png", "deep/er/b.jpg", "deep/er/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(CliError, match="--recursive searches"):
        image_paths([tmp_path])
    found = image_paths([tmp_path], recursive=True)
    assert [path.name for path in found] == ["a.png", "b.jpg"]
    with pytest.raises(CliError, match="tmp_empty. Known are"):
        (tmp_path / "tmp_empty").mkdir()
        image_paths([tmp_path / "tmp_empty"], recursive=True)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("https://a.org/b.jpg", "https://a.org/b.jpg is an address: download"),
        ("photos/*.jpg", "photos/[*].jpg. A pattern works without quotes"),
        ("a/clip.MP4", "a/clip.MP4 is a video: .*ffmpeg -i a/clip.MP4 frame_"),
        ("nothing.jpg", "no file or folder nothing.jpg[.]$"),
    ],
)
def test_what_names_no_image(typed, problem):
    with pytest.raises(CliError, match=problem) as error:
        image_paths([typed])
    assert "\n" not in str(error.value)


def test_a_video_that_is_there(tmp_path):
    (tmp_path / "a.mp4").touch()
    with pytest.raises(CliError, match="is a video"):
        image_paths([tmp_path / "a.mp4"])


def test_pictures_do_not_overwrite_one_another(tmp_path):
    paths = [tmp_path / name for name in ("a/x.jpg", "b/x.png", "X.bmp")]
    assert picture_names(paths) == ["x.png", "x_2.png", "X_3.png"]


def test_names_as_long_as_a_file_system_takes(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    picture = next((shapes_folder / "images").iterdir())
    for folder, letter in (("a", "x"), ("b", "x"), ("c", "\u00e4")):
        (tmp_path / folder).mkdir()
        name = letter * (251 // len(letter.encode())) + ".png"
        shutil.copy(picture, tmp_path / folder / name)
    code, printed, _ = keras_solo(
        "predict", "--preset", tiny_preset, tmp_path, "--recursive",
        "--output", tmp_path / "out",
    )  # fmt: skip
    assert code == 0 and "in 3 images:" in printed
    assert len(list((tmp_path / "out").glob("*.png"))) == 3


def test_images_broken_and_whole(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    photos, output = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(shapes_folder / "images", photos)
    broken = photos / "000005_broken.png"
    broken.write_bytes((photos / "000005.png").read_bytes()[:99])
    code, printed, error = keras_solo(
        "predict", "--preset", tiny_preset, photos, "--output", output,
        "--score", 0,
    )  # fmt: skip
    assert code == 1
    assert f"skipped: {broken}: the image is truncated" in error
    assert "1 of 9 images could not be read" in error
    assert "instances in 8 images" in printed
    pictures = sorted(path.name for path in output.glob("*.png"))
    assert pictures == [f"00000{i}.png" for i in range(1, 9)]
    assert load_image(output / "000001.png").shape == (512, 512, 3)

    results = json.loads((output / "results.json").read_text())
    assert [image["file_name"] for image in results["images"]] == pictures
    assert [part["name"] for part in results["categories"]] == [
        "circle",
        "rectangle",
        "triangle",
    ]
    for result in results["annotations"]:
        assert result["category_id"] in (1, 2, 3)
        assert 0 <= result["score"] <= 1
        assert result["segmentation"]["size"] == [64, 64]


def test_a_high_score_leaves_nothing(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    code, printed, _ = keras_solo(
        "predict", "--preset", tiny_preset, shapes_folder / "images",
        "--output", tmp_path / "out", "--score", 1,
    )  # fmt: skip
    assert code == 0
    assert "0 instances in 8 images" in printed
    assert "No instance scored 1.0 or more; the best score was 0." in printed


def test_the_most_pixels(keras_solo, shapes_folder, tiny_preset, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    small, large = (images / name for name in ("small.png", "large.png"))
    shutil.copy(next((shapes_folder / "images").iterdir()), small)
    cv2.imwrite(str(large), np.zeros((64, 65, 3), np.uint8))
    code, printed, error = keras_solo(
        "predict", "--preset", tiny_preset, images,
        "--output", tmp_path / "out", "--max-pixels", 64 * 64,
    )  # fmt: skip
    assert code == 1 and "in 1 image:" in printed
    assert "large.png: the image has 64 x 65 pixels" in error
    assert "more than --max-pixels 4096" in error


def test_ids_of_the_model(keras_solo, shapes_folder, make_model, tmp_path):
    for ids, expected in (((7, 9, 42), (7, 9, 42)), (None, (1, 2, 3))):
        make_model(category_ids=ids).save_to_preset(tmp_path / "preset")
        code, printed, _ = keras_solo(
            "predict", "--preset", tmp_path / "preset", "--score", 0,
            shapes_folder / "images", "--output", tmp_path / "out",
        )  # fmt: skip
        assert code == 0
        assert ("counted from 1" in printed) == (ids is None)
        content = json.loads((tmp_path / "out" / "results.json").read_text())
        written = tuple(item["id"] for item in content["categories"])
        assert written == expected
        found = {item["category_id"] for item in content["annotations"]}
        assert found and found <= set(expected)


def test_results_are_annotations(
    keras_solo, shapes_folder, tiny_preset, tmp_path
):
    """results.json can be read again, corrected, and trained on."""
    keras_solo(
        "predict", "--preset", tiny_preset, shapes_folder / "images",
        "--output", tmp_path, "--score", 0,
    )  # fmt: skip
    dataset = CocoDataset(tmp_path / "results.json", shapes_folder / "images")
    assert dataset.class_names == ("circle", "rectangle", "triangle")
    assert dataset.max_objects() > 0


def test_wrong_arguments(error_of, tmp_path, shapes_folder):
    images = shapes_folder / "images"
    start = "predict", "--output", tmp_path / "out", "--preset"
    assert "'nope'" in error_of(*start, "nope", images)
    assert "nothing.jpg" in error_of(*start, "nope", "nothing.jpg")
    assert "from 0 to 1" in error_of(*start, "nope", images, "--score", "2")


@pytest.mark.parametrize("verbose, start", [(1, "\n"), (2, "")])
def test_a_skipped_image_has_a_line_of_its_own(
    keras_solo,
    shapes_folder,
    tiny_preset,
    tmp_path,
    monkeypatch,
    verbose,
    start,
):
    """A progress bar, as on a terminal, stays on its line."""
    monkeypatch.setattr("keras_solo.cli.predict.verbosity", lambda: verbose)
    broken = tmp_path / "broken.png"
    broken.touch()
    _, _, error = keras_solo(
        "predict", "--preset", tiny_preset, broken, "--output", tmp_path / "out"
    )
    line = f"{start}keras-solo: skipped: {broken}: the file is empty."
    assert error.startswith(line)


def test_a_folder_of_a_microscope(keras_solo, make_model, tmp_path):
    """12 bits in 16, floats: the preset says that percentiles scale them."""
    letterbox = Letterbox((64, 64), intensity=Intensity("percentiles"))
    model = make_model(preprocessor=letterbox)
    model.save_to_preset(tmp_path / "preset")
    images = tmp_path / "images"
    images.mkdir()
    pixels = np.random.default_rng(0).integers(0, 4096, (40, 60))
    for name, dtype in (("a.tif", "uint16"), ("b.tiff", "float32")):
        assert cv2.imwrite(str(images / name), pixels.astype(dtype))
    code, _, _ = keras_solo(
        "predict", "--preset", tmp_path / "preset", images,
        "--output", tmp_path / "out", "--score", 1,
    )  # fmt: skip
    assert code == 0
    want = letterbox.intensity.to_rgb(pixels)
    for name in ("a.png", "b.png"):
        picture = load_image(tmp_path / "out" / name)
        assert 120 < want.mean() < 135
        assert abs(picture.mean() - want.mean()) < 5
