"""Numbers and presets that the command line accepts."""

import argparse

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.options import (
    add_batch_size,
    add_reading,
    add_selection,
    add_trained_preset,
    checked_preset,
    fraction,
    positive_float,
    positive_int,
)
from keras_solo.data.images import MAX_PIXELS


def test_numbers():
    assert positive_int("3") == 3
    assert positive_float("1e-3") == 0.001
    assert fraction("0") == 0.0


@pytest.mark.parametrize(
    "kind, text",
    [
        (positive_int, "0"),
        (positive_int, "1.5"),
        (positive_float, "0"),
        (positive_float, "nan"),
        (positive_float, "inf"),
        (fraction, "1.01"),
        (fraction, "much"),
    ],
)
def test_wrong_numbers(kind, text):
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        kind(text)


def test_a_preset_is_a_name_or_a_folder(tmp_path):
    assert checked_preset("solov2_tiny_shapes") == "solov2_tiny_shapes"
    with pytest.raises(CliError, match="no file"):
        checked_preset(str(tmp_path / "model.keras"))
    (tmp_path / "model.keras").write_text("")
    with pytest.raises(CliError, match="save_to_preset"):
        checked_preset(str(tmp_path / "model.keras"))


def test_how_files_are_read():
    parser = argparse.ArgumentParser()
    add_reading(parser)
    usual = parser.parse_args([])
    assert usual.on_error == "raise" and not usual.exif_orientation
    assert usual.max_pixels == MAX_PIXELS
    typed = "--on-error skip --exif-orientation --max-pixels 99".split()
    chosen = parser.parse_args(typed)
    assert chosen.on_error == "skip" and chosen.exif_orientation
    assert chosen.max_pixels == 99


def test_what_commands_share():
    parser = argparse.ArgumentParser()
    add_trained_preset(parser)
    add_batch_size(parser, default=3)
    add_selection(parser)
    chosen = parser.parse_args(["--preset", "x", "--limit", "4"])
    assert (chosen.preset, chosen.batch_size, chosen.limit) == ("x", 3, 4)
    assert chosen.max_objects is None
