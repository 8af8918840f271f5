import json
import sys

import keras
import numpy as np
import pytest

import keras_solo
from keras_solo.export import export, open_exported
from keras_solo.export.agreement import WrongFile
from keras_solo.export.card import card_path
from keras_solo.export.runtimes import OPENERS, WRITERS
from tests.export.marks import needs


@needs("saved_model")
def test_a_folder(talkative, noise, tmp_path):
    path = export(talkative, tmp_path / "a", batch_size=2, mask_dtype="uint8")
    found = open_exported(path)(noise)
    want = talkative.predict_on_batch(noise.astype("float32"))
    np.testing.assert_allclose(
        found["confidence"], want["confidence"], atol=1e-5
    )
    assert found["masks"].dtype == np.uint8
    said = json.loads(card_path(path).read_text())
    assert said["format"] == "saved_model"
    assert said["batch_size"] == 2
    export(talkative, path)  # what was exported is replaced
    assert json.loads(card_path(path).read_text())["batch_size"] is None


@needs("saved_model")
def test_a_converter_that_fails(talkative, tmp_path, monkeypatch):
    def write(*arguments):
        raise NotImplementedError("no such\noperation")

    monkeypatch.setitem(WRITERS, "saved_model", write)
    words = "cannot be written as saved_model: no such operation"
    with pytest.raises(WrongFile, match=words):
        export(talkative, tmp_path / "a")
    assert not list(tmp_path.iterdir())


@needs("saved_model")
def test_a_file_that_is_wrong(talkative, tmp_path, monkeypatch):
    def opened(path):
        run = real(path)
        return lambda x: {k: v + 1 for k, v in run(x).items()}

    real = OPENERS["saved_model"]
    monkeypatch.setitem(OPENERS, "saved_model", opened)
    with pytest.raises(WrongFile, match="was not kept: scores differ by 1"):
        export(talkative, tmp_path / "a")
    assert not list(tmp_path.iterdir())


@needs("onnx", "litert", "openvino")
@pytest.mark.parametrize("name", ["a.onnx", "a.tflite", "a.xml"])
def test_each_file(talkative, noise, tmp_path, name):
    path = export(talkative, tmp_path / name)
    found = open_exported(path)(noise)
    want = talkative.predict_on_batch(noise.astype("float32"))
    for key, value in found.items():
        np.testing.assert_allclose(value, want[key], atol=1e-4, err_msg=key)


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="done in this process"
)
def test_elsewhere(talkative, tmp_path, monkeypatch):
    given = []
    module = sys.modules[export.__module__]
    monkeypatch.setattr(module, "check_installed", lambda format: None)
    monkeypatch.setattr(
        module,
        "export_elsewhere",
        lambda model, options: given.append((model, options)),
    )
    path = tmp_path / "a.onnx"
    assert export(talkative, path, image_size=(96, 64)) == path
    ((model, options),) = given
    assert model is talkative
    assert options[:4] == ["--output", str(path), "--format", "onnx"]
    assert options[4:7] == ["--image-size", "96", "64"]


def test_at_the_door(talkative, tmp_path):
    with pytest.raises(ValueError, match="multiples of 32"):
        export(talkative, tmp_path / "a", image_size=(33, 64))
    with pytest.raises(ValueError, match="one of onnx"):
        export(talkative, tmp_path / "a", "coreml")
    with pytest.raises(ValueError, match="batch_size"):
        export(talkative, tmp_path / "a", batch_size=0)
    assert not list(tmp_path.iterdir())


def test_kerass_own_way_is_refused(talkative, tmp_path):
    for format in ("tf_saved_model", "onnx"):
        with pytest.raises(
            NotImplementedError, match=r"keras_solo\.export\.export\(model"
        ):
            talkative.export(tmp_path / "a", format=format)
    assert not list(tmp_path.iterdir())
    assert keras_solo.export.export is export
