"""What a run folder says of itself."""

import json

import pytest

from keras_solo.training.run_manifest import (
    FORMAT,
    MARK,
    Manifest,
    read_manifest,
)


def test_there_and_back(tmp_path):
    path = tmp_path / "training.json"
    assert read_manifest(path) is None
    for manifest in (
        Manifest({}),
        Manifest({"epochs": 3, "a": [1]}, ("best", "last"), 17, 12),
    ):
        path.write_text(manifest.text())
        assert read_manifest(path) == manifest


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "null", '{"recipe": "soup"}', "[" * 100_000, "\x00"],
)
def test_what_is_not_ours(tmp_path, text):
    path = tmp_path / "training.json"
    path.write_text(text)
    assert read_manifest(path) is None


@pytest.mark.parametrize("version", [1, 3, "x", None])
def test_other_versions(tmp_path, version):
    path = tmp_path / "training.json"
    path.write_text(json.dumps({MARK: version, "epochs": 3}))
    found = read_manifest(path)
    assert found.format == (version if isinstance(version, int) else 0)
    assert found.format != FORMAT and found.settings["epochs"] == 3


def test_version_0_1_0(tmp_path):
    path = tmp_path / "training.json"
    settings = {"recipe": 1, "mask_targets": 2, "training-data": 3}
    path.write_text(json.dumps(settings))
    assert read_manifest(path) == Manifest(settings, format=1)


def test_fields_of_another_kind(tmp_path):
    path = tmp_path / "training.json"
    content = {MARK: FORMAT, "settings": {}, "process": "x", "finished": []}
    path.write_text(json.dumps(content))
    assert read_manifest(path) == Manifest({})
