import pytest

from keras_solo.cli.main import main
from keras_solo.data import ShapesDataset


@pytest.fixture(scope="session")
def shapes_folder(tmp_path_factory):
    """Eight images of 64 x 64 pixels, 1 to 6 objects, as COCO has them."""
    folder = tmp_path_factory.mktemp("shapes")
    ShapesDataset(8, original_size=(64, 64), seed=2).write(folder)
    return folder


@pytest.fixture
def tiny_preset(tmp_path, make_model):
    folder = tmp_path / "tiny"
    make_model().save_to_preset(folder)
    return folder


@pytest.fixture
def keras_solo(capfd):
    """Runs a command: exit code, what it printed, what it complained of."""

    def run(*arguments):
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def error_of(keras_solo):
    """The one line that a command fails with."""

    def run(*arguments):
        code, _, error = keras_solo(*arguments)
        assert code == 2
        lines = [
            line
            for line in error.splitlines()
            if line.startswith("keras-solo: error: ")
        ]
        assert len(lines) == 1
        assert "Traceback" not in error
        return lines[0]

    return run
