import importlib.util

import pytest

from keras_solo.export.formats import (
    FORMATS,
    check_installed,
    format_of,
    missing_modules,
)


@pytest.mark.parametrize(
    "path, name",
    [
        ("a.onnx", "onnx"),
        ("a.ONNX", "onnx"),
        ("b/a.tflite", "litert"),
        ("a.xml", "openvino"),
        ("a", "saved_model"),
        ("a.v2", "saved_model"),
    ],
)
def test_format_of(path, name):
    assert format_of(path).name == name
    assert format_of(path, name).name == name


def test_no_such_format():
    with pytest.raises(ValueError, match="one of onnx.*'coreml'"):
        format_of("a.onnx", "coreml")


@pytest.mark.parametrize(
    "path, name",
    [("a.onnx", "litert"), ("a", "onnx"), ("a.xml", "saved_model")],
)
def test_a_suffix_of_another_format(path, name):
    with pytest.raises(ValueError, match=f"for the format {name}. Received"):
        format_of(path, name)


def test_what_is_missing(monkeypatch):
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: name == "tensorflow" or None
    )
    assert missing_modules(FORMATS["saved_model"]) == []
    check_installed(FORMATS["saved_model"])
    check_installed(FORMATS["saved_model"], to_write=False)
    line = r'needs openvino: pip install "keras-solo\[openvino\]"'
    with pytest.raises(ImportError, match=line):
        check_installed(FORMATS["openvino"])
    words = "needs onnx and onnxruntime and tf2onnx"
    with pytest.raises(ImportError, match=words):
        check_installed(FORMATS["onnx"])
    with pytest.raises(ImportError, match="needs onnxruntime: "):
        check_installed(FORMATS["onnx"], to_write=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"tensorflow: .*\[tensorflow\]"):
        check_installed(FORMATS["saved_model"])
