"""`keras-solo benchmark`: a table, or JSON."""

import json

import pytest


@pytest.fixture
def arguments(tiny_preset):
    return "benchmark", "--preset", tiny_preset, "--repeats", 1


def test_a_table(keras_solo, arguments):
    code, printed, _ = keras_solo(*arguments)
    assert code == 0
    lines = printed.splitlines()
    assert "photo 480 x 640, canvas 64 x 64, batch size 1" in lines[0]
    assert [line.split()[0] for line in lines[3:6]] == [
        "read",
        "letterbox",
        "network",
    ]


def test_json_of_an_image(keras_solo, arguments, shapes_folder):
    image = next((shapes_folder / "images").iterdir())
    code, printed, _ = keras_solo(
        *arguments, "--image", image, "--image-size", 96, 64,
        "--batch-size", 2, "--no-weights", "--json",
    )  # fmt: skip
    assert code == 0
    result = json.loads(printed, parse_constant=pytest.fail)
    assert result["original_size"] == [64, 64]
    assert result["canvas_size"] == [96, 64]
    assert result["batch_size"] == 2
    assert result["seconds"]["segment"] > 0


def test_wrong_arguments(error_of, arguments, tmp_path):
    assert "--image: there is no file" in error_of(
        *arguments, "--image", tmp_path / "nothing.jpg"
    )
    assert "multiples of 32" in error_of(*arguments, "--image-size", 40, 64)
    assert "at least 1" in error_of(*arguments, "--batch-size", 0)
    text = tmp_path / "text.png"
    text.write_text("no image")
    assert "text.png" in error_of(*arguments, "--image", text)
