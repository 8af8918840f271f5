"""Checks of paths."""

import pytest

from keras_solo.cli.errors import (
    CliError,
    existing_file,
    existing_folder,
    output_folder,
)


def test_files_and_folders(tmp_path):
    file = tmp_path / "a.json"
    file.write_text("{}")
    assert existing_file("--json", str(file)) == file
    assert existing_folder("--images", str(tmp_path)) == tmp_path
    assert output_folder(str(tmp_path / "b" / "c")).is_dir()


def test_wrong_paths(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CliError, match="--json: there is no file"):
        existing_file("--json", tmp_path / "nothing")
    with pytest.raises(CliError, match="is a folder"):
        existing_file("--json", tmp_path / "folder")
    with pytest.raises(CliError, match="--images: there is no folder"):
        existing_folder("--images", tmp_path / "nothing")
    with pytest.raises(CliError, match="is a file"):
        existing_folder("--images", tmp_path / "file")
    with pytest.raises(CliError, match="is empty"):
        existing_folder("--images", tmp_path / "folder")
    with pytest.raises(CliError, match="is a file"):
        output_folder(tmp_path / "file")
