"""Numbers and presets that the command line accepts."""

import argparse
import dataclasses

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.options import (
    add_batch_size,
    add_folder,
    add_reading,
    add_selection,
    add_tiling,
    add_trained_preset,
    check_no_folder_options,
    checked_preset,
    float_or_none,
    fraction,
    part_below_one,
    positive_float,
    positive_int,
    tiling_of,
    tta_of,
)
from keras_solo.cli.parsing import Parser
from keras_solo.data.images import MAX_PIXELS
from keras_solo.inference import TTA, Tiling


def test_numbers():
    assert positive_int("3") == 3
    assert positive_float("1e-3") == 0.001
    assert float_or_none("2.5") == 2.5
    assert float_or_none("0") is None
    assert fraction("0") == 0.0
    assert part_below_one("0.5") == 0.5


@pytest.mark.parametrize(
    "kind, text",
    [
        (positive_int, "0"),
        (positive_int, "1.5"),
        (positive_float, "0"),
        (positive_float, "nan"),
        (positive_float, "inf"),
        (float_or_none, "-1"),
        (float_or_none, "nan"),
        (fraction, "1.01"),
        (part_below_one, "1"),
        (part_below_one, "-0.1"),
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


def tiling_options(typed):
    parser = Parser()
    add_tiling(parser)
    return parser.parse_args(typed.split())


def test_neither_tiles_nor_views():
    usual = tiling_options("")
    assert tiling_of(usual) is None and tta_of(usual) is None


def test_tiles():
    assert tiling_of(tiling_options("--tiled")) == Tiling()
    typed = "--tiled --tile 320 640 --overlap 0 --scale 1.5"
    want = Tiling((320, 640), 0.0, 1.5)
    assert tiling_of(tiling_options(typed)) == want
    want = dataclasses.replace(want, whole=False)
    assert tiling_of(tiling_options(f"{typed} --no-whole")) == want
    assert tta_of(tiling_options("--tta")) == TTA()


@pytest.mark.parametrize(
    "typed",
    [
        "--tile 64 64",
        "--overlap 0.1",
        "--scale 2",
        "--no-whole",
        "--tta --scale 1",
    ],
)
def test_tiles_are_asked_for(typed):
    with pytest.raises(CliError, match=r"^--[a-z-]+ goes with --tiled[.]$"):
        tiling_of(tiling_options(typed))


@pytest.mark.parametrize(
    "typed, problem",
    [
        ("--tiled --overlap 1", "from 0 to below 1, not '1'"),
        ("--tiled --tile 64", "expected 2 arguments"),
        ("--tiled --tta", "--tta: not allowed with argument --tiled"),
    ],
)
def test_wrong_tiles(typed, problem, capsys):
    with pytest.raises(SystemExit):
        tiling_options(typed)
    assert problem in capsys.readouterr().err


def folder_options(typed):
    parser = Parser()
    add_folder(parser, "DATA")
    return parser.parse_args(typed.split())


@pytest.mark.parametrize(
    "typed", ["--format coco", "--allow-outside", "--class-name nucleus"]
)
def test_how_to_read_a_folder_goes_with_one(typed):
    check_no_folder_options(folder_options(""), "DATA")
    words = f"^{typed.split()[0]} goes with DATA[.]$"
    with pytest.raises(CliError, match=words):
        check_no_folder_options(folder_options(typed), "DATA")
