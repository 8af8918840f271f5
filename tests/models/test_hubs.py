"""What is uploaded is what `from_preset` loads.

Downloads are looked at in `test_from_preset.py`.
"""

import json
import pathlib
import sys

import numpy as np
import pytest
from keras import ops

from keras_solo import SOLOv2
from keras_solo.models import DownloadError, upload_preset

FILES = {"README.md", "config.json", "metadata.json", "model.weights.h5"}


class Hub:
    """Keeps what is uploaded, as both hubs' packages are called."""

    def __init__(self, folder):
        self.folder, self.calls = folder, []

    def keep(self, folder):
        self.folder.mkdir()
        for path in pathlib.Path(folder).iterdir():
            (self.folder / path.name).write_bytes(path.read_bytes())

    def create_repo(self, handle, exist_ok):
        self.calls.append((handle, exist_ok))

    def upload_folder(self, *, repo_id, folder_path):
        self.calls.append(repo_id)
        self.keep(folder_path)

    def model_upload(self, handle, local_model_dir, license_name=None):
        self.calls.append((handle, license_name))
        self.keep(local_model_dir)

    def snapshot_download(self, handle):
        return str(self.folder)

    def model_download(self, handle):
        return str(self.folder)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    hub = Hub(tmp_path / "hub")
    for name in ("huggingface_hub", "kagglehub"):
        monkeypatch.setitem(sys.modules, name, hub)
    return hub


@pytest.fixture
def preset(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path / "preset")
    (tmp_path / "preset" / "log.txt").write_text("mine")
    return tmp_path / "preset"


@pytest.mark.parametrize(
    "uri, calls",
    [
        ("hf://me/x", [("me/x", True), "me/x"]),
        ("kaggle://me/x/keras/y", [("me/x/keras/y", "Apache 2.0")]),
    ],
)
def test_there_and_back(tiny_model, hub, preset, uri, calls):
    upload_preset(uri, preset, license="Apache 2.0")
    assert hub.calls == calls
    assert {path.name for path in hub.folder.iterdir()} == FILES
    assert uri in (hub.folder / "README.md").read_text()
    again = SOLOv2.from_preset(uri)
    for new, old in zip(again.weights, tiny_model.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(new), ops.convert_to_numpy(old)
        )


def test_a_card_of_ones_own(hub, preset):
    (preset / "README.md").write_text("Of mine.")
    upload_preset("hf://me/x", preset)
    assert (hub.folder / "README.md").read_text() == "Of mine."


@pytest.mark.parametrize("uri", ["", "hf://", "me/x", "s3://me/x"])
def test_no_hub(hub, preset, uri):
    with pytest.raises(ValueError, match="Expected uri to be 'hf://"):
        upload_preset(uri, preset)
    assert not hub.calls


def test_no_preset(hub, tmp_path):
    with pytest.raises(ValueError, match="save_to_preset wrote.*config.json"):
        upload_preset("hf://me/x", tmp_path)
    assert not hub.calls


def test_another_file(hub, preset):
    config = json.loads((preset / "config.json").read_text())
    (preset / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="config.json is not the file"):
        upload_preset("hf://me/x", preset)
    assert not hub.calls


@pytest.mark.parametrize(
    "uri, extra",
    [("hf://me/x", "hugging-face"), ("kaggle://me/x/keras/y", "kaggle")],
)
def test_not_installed(monkeypatch, preset, uri, extra):
    for name in ("huggingface_hub", "kagglehub"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"keras-solo\[{extra}\]"):
        upload_preset(uri, preset)


@pytest.mark.parametrize("uri", ["hf://me/x", "kaggle://me/x/keras/y"])
def test_a_hub_that_refuses(hub, preset, monkeypatch, uri):
    def refuse(*_, **__):
        raise RuntimeError("403 Forbidden.\nAnd much more")

    for name in ("snapshot_download", "model_download"):
        monkeypatch.setattr(hub, name, refuse)
    words = f"{uri} could not be {{}}: RuntimeError: 403 Forbidden. Look at"
    with pytest.raises(DownloadError, match=words.format("downloaded")):
        SOLOv2.from_preset(uri)
    for name in ("upload_folder", "model_upload"):
        monkeypatch.setattr(hub, name, refuse)
    with pytest.raises(OSError, match=words.format("uploaded")):
        upload_preset(uri, preset)


@pytest.mark.parametrize(
    "error, words",
    [
        (AssertionError(), "AssertionError(). Look"),
        (OSError("\x1b[2J"), r"OSError: \x1b[2J. Look"),
    ],
)
def test_a_hub_that_says_nothing_or_too_much(hub, monkeypatch, error, words):
    def refuse(handle):
        raise error

    monkeypatch.setattr(hub, "snapshot_download", refuse)
    with pytest.raises(DownloadError) as caught:
        SOLOv2.from_preset("hf://me/\ax")
    start = r"hf://me/\x07x could not be downloaded: "
    assert str(caught.value).startswith(start + words)


def test_ctrl_c_while_a_hub_sends(hub, monkeypatch):
    def interrupted(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(hub, "snapshot_download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SOLOv2.from_preset("hf://me/x")
