import pytest

from keras_solo.export import open_exported
from keras_solo.export.formats import FORMATS
from keras_solo.export.runtimes import OPENERS, WRITERS


def test_each_format():
    assert set(WRITERS) == set(OPENERS) == set(FORMATS)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder .*a.onnx"):
        open_exported(tmp_path / "a.onnx")
