"""Numbers and presets that the command line accepts."""

import argparse

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.options import (
    checked_preset,
    fraction,
    positive_float,
    positive_int,
)


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
