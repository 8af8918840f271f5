"""What is wrong in a command line, in one line that helps."""

import keras
import pytest

import keras_solo as package
from keras_solo.cli.parsing import Parser, Version


@pytest.fixture
def parser():
    found = Parser(prog="tool")
    found.add_argument("--version", action=Version)
    commands = found.add_subparsers(required=True)
    command = commands.add_parser("train")
    for name in ("--epochs", "--image-size", "--image-sizes", "-o"):
        command.add_argument(name, type=int)
    return found


def complaint(parser, capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(arguments)
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("keras-solo: error: ") and error.count("\n") == 1
    return error


def test_what_is_right(parser):
    options = parser.parse_args(["train", "--epochs", "3", "-o=4"])
    assert options.epochs == 3 and options.o == 4
    assert options.image_size is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--epoch", ": did you mean --epochs? (see tool train --help)"),
        ("--eposch=3", ": did you mean --epochs? (see"),
        ("--image", ": did you mean --image-size or --image-sizes? (see"),
        ("--xyz", "unknown --xyz (see tool train --help)"),
        ("-z", "unknown -z (see"),
    ],
)
def test_what_was_meant(parser, capsys, typed, meant):
    assert meant in complaint(parser, capsys, "train", typed)


def test_what_was_meant_comes_before_what_is_missing(parser, capsys):
    needing = Parser(prog="tool")
    needing.add_argument("--output", required=True)
    needing.add_argument("path", nargs="?")
    assert "did you mean --output?" in complaint(needing, capsys, "--outptu=x")
    assert "required: --output" in complaint(needing, capsys, "--", "--outptu")
    found = needing.parse_args(["--output", "x", "--", "--path"])
    assert found.path == "--path"


def test_wrong_values_and_commands(parser, capsys):
    error = complaint(parser, capsys, "train", "--epochs", "x")
    assert "invalid int value" in error and "(see tool train --help)" in error
    assert "'trian'" in complaint(parser, capsys, "trian")


def test_version(parser, capsys):
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(["--version"])
    assert not stop.value.code
    said = capsys.readouterr().out
    assert said.startswith(
        f"keras-solo {package.__version__}, Keras {keras.__version__}, "
        f"{keras.backend.backend()} "
    )
    assert " on " in said and said.count("\n") == 1
