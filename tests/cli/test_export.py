"""`keras-solo export`: a file that its runtime has run, or one line."""

import json

import numpy as np
import pytest

from keras_solo.export import open_exported
from tests.export.marks import needs


@needs("saved_model")
def test_a_folder(keras_solo, tiny_preset, tmp_path):
    path = tmp_path / "deep" / "saved"
    code, printed, _ = keras_solo(
        "export", "--preset", tiny_preset, "--output", path,
        "--image-size", 96, 64, "--batch-size", 2, "--mask-dtype", "uint8",
        "--max-detections", 5, "--score-threshold", 0.2,
    )  # fmt: skip
    assert code == 0
    assert f"{path}: " in printed and "saved.json" in printed
    said = json.loads((path.parent / "saved.json").read_text())
    assert said["image_size"] == [96, 64]
    assert said["score_threshold"] == 0.2
    found = open_exported(path)(np.zeros((2, 96, 64, 3), "uint8"))
    assert found["masks"].shape == (2, 5, 24, 16)
    assert found["masks"].dtype == np.uint8


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--format", "coreml"], "coreml"),
        (["--format", "onnx"], "Expected a path with .onnx"),
        (["--image-size", 33, 64], "multiples of 32"),
        (["--weights-dtype", "int8"], "weights_dtype='float32' for the format"),
        (["--score-threshold", "nan"], "from 0 to 1"),
        (["--score-threshold", "1.5"], "from 0 to 1"),
    ],
)
def test_wrong_arguments(error_of, tiny_preset, tmp_path, arguments, words):
    path = tmp_path / "saved"
    error = error_of(
        "export", "--preset", tiny_preset, "--output", path, *arguments
    )
    assert words in error
    assert not path.exists()


def test_places_where_nothing_is_written(error_of, tiny_preset, tmp_path):
    (tmp_path / "file").write_text("")
    base = "export", "--preset", tiny_preset, "--output"
    assert "file is a file" in error_of(*base, tmp_path / "file" / "saved")
    assert "other things in it" in error_of(*base, tmp_path)
