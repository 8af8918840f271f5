import pytest

from keras_solo.export import open_exported, runtimes
from keras_solo.export.formats import FORMATS
from keras_solo.export.runtimes import OPENERS, WRITERS
from tests.export.marks import needs


def test_each_format():
    assert set(WRITERS) == set(OPENERS) == set(FORMATS)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder .*a.onnx"):
        open_exported(tmp_path / "a.onnx")


def test_words_of_a_runtime(tmp_path, monkeypatch):
    """In one line, where the runtime is not installed, too."""

    def opened(path):
        raise RuntimeError("no graph\nat line 3")

    monkeypatch.setitem(OPENERS, "onnx", opened)
    monkeypatch.setattr(runtimes, "check_installed", lambda *a, **k: None)
    path = tmp_path / "a.onnx"
    path.write_bytes(b"torn")
    with pytest.raises(ValueError, match="opens: no graph at line 3$"):
        open_exported(path)


@needs("onnx", "litert", "openvino")
@pytest.mark.parametrize("name", ["a.onnx", "a.tflite", "a.xml", "a"])
@pytest.mark.parametrize("content", [b"", b"torn\x00\xff" * 99])
def test_a_torn_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is nothing that .* opens: "):
        open_exported(path)
