"""Checks of paths."""

import pytest

from keras_solo.cli.errors import (
    CliError,
    as_options,
    existing_file,
    existing_folder,
    one_line,
    output_folder,
)


def test_files_and_folders(tmp_path):
    file = tmp_path / "a.json"
    file.write_text("{}")
    assert existing_file("--json", str(file)) == file
    assert existing_folder("--images", str(tmp_path)) == tmp_path
    assert output_folder(str(tmp_path / "b" / "c")).is_dir()


def test_on_one_line():
    assert one_line(ValueError("a\n  b")) == "a b"
    assert one_line(KeyError()) == "KeyError"
    assert one_line("a\x1b[2J \udcff") == r"a\x1b[2J \udcff"


@pytest.mark.parametrize(
    ("python", "typed"),
    [
        ('pass on_error="skip" to', "pass --on-error skip to"),
        ("Received: on_error='x'", "Received: --on-error x"),
        ("alone. Pass load_weights=False.", "alone. --no-weights takes it so."),
        ('evaluator="hotcoco" needs', "--evaluator hotcoco needs"),
        ("3 images, batch_size=8", "3 images, --batch-size 8"),
        ("turned: exif_orientation=True.", "turned: --exif-orientation."),
        ("so: exif_orientation=False.", "so: no --exif-orientation."),
        ("more than max_pixels=12.", "more than --max-pixels 12."),
        ("a photo_error=1", "a photo_error=1"),
    ],
)
def test_words_of_the_command_line(python, typed):
    assert as_options(python) == typed


def test_wrong_paths(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CliError, match="--json: there is no file"):
        existing_file("--json", tmp_path / "nothing")
    with pytest.raises(CliError, match="is a folder"):
        existing_file("--json", tmp_path / "folder")
    with pytest.raises(CliError, match="--images: there is no folder"):
        existing_folder("--images", tmp_path / "nothing")
    with pytest.raises(CliError, match=f"is a file; {tmp_path} is its folder"):
        existing_folder("--images", tmp_path / "file")
    with pytest.raises(CliError, match="is empty"):
        existing_folder("--images", tmp_path / "folder")
    with pytest.raises(CliError, match="is a file"):
        output_folder(tmp_path / "file")
