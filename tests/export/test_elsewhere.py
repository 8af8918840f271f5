import importlib.util
import subprocess

import pytest

from keras_solo.export.agreement import WrongFile
from keras_solo.export.elsewhere import export_elsewhere


def test_words_of_the_other_process(talkative, tmp_path):
    """Where TensorFlow is missing, too: it says so."""
    with pytest.raises(WrongFile, match="on TensorFlow failed: .+") as caught:
        export_elsewhere(
            talkative, ["--output", str(tmp_path / "a.xml"), "--format=onnx"]
        )
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_is_run(talkative, monkeypatch):
    def run(command, env, **kwargs):
        assert command[2:5] == ["keras_solo.cli", "export", "--preset"]
        assert command[-2:] == ["--output", "a.onnx"]
        assert env["KERAS_BACKEND"] == "tensorflow"
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    export_elsewhere(talkative, ["--output", "a.onnx"])


@pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="TensorFlow is not installed",
)
def test_a_file_is_written(talkative, tmp_path):
    path = tmp_path / "saved"
    export_elsewhere(talkative, ["--output", str(path), "--batch-size", "1"])
    assert (path / "saved_model.pb").is_file()
