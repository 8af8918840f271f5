"""The table of a benchmark, and its figures."""

import dataclasses
import json

import pytest

from keras_solo.evaluation import BenchmarkResult

RESULT = BenchmarkResult(
    name="solov2",
    original_size=(480, 640),
    canvas_size=(448, 608),
    batch_size=2,
    instances=3,
    seconds={"read": 0.002, "decode": 0.0, "segment": 0.25},
    first_call=9.5,
    peak_megabytes=1234.5,
    machine={"backend": "jax 0.8", "device": "cpu:0"},
)


def test_a_table():
    assert repr(RESULT) == str(RESULT)
    assert str(RESULT).splitlines() == [
        "solov2: photo 480 x 640, canvas 448 x 608, batch size 2, 3 instances",
        "",
        "stage    ms an image  images a second",
        "read             2.0            500.0",
        "decode           0.0                -",
        "segment        250.0              4.0",
        "",
        "first call: 9.50 s; peak memory of the process: 1234 MB",
        "backend jax 0.8; device cpu:0",
    ]


def test_unknown_memory():
    result = dataclasses.replace(RESULT, peak_megabytes=None)
    assert "peak memory of the process: unknown" in str(result)


def test_lines_are_short():
    machine = {f"library_{n}": "1.2.3" for n in range(20)}
    lines = str(dataclasses.replace(RESULT, machine=machine)).splitlines()
    assert max(map(len, lines)) < 80


def test_images_per_second():
    assert RESULT.images_per_second == {
        "read": 500,
        "decode": float("inf"),
        "segment": 4,
    }


def test_to_dict():
    text = json.dumps(RESULT.to_dict(), allow_nan=False)
    assert json.loads(text)["seconds"]["segment"] == 0.25
    assert json.loads(text)["canvas_size"] == [448, 608]
    with pytest.raises(dataclasses.FrozenInstanceError):
        RESULT.name = "another"
