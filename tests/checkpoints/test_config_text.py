import pytest

from keras_solo.checkpoints.config_text import MAX_LENGTH, find, read_config


@pytest.mark.parametrize(
    "text", ["", None, 17, "(", "x = " + "[" * 5000, "#" * (MAX_LENGTH + 1)]
)
def test_what_says_nothing(text):
    assert read_config(text) == {}


@pytest.mark.parametrize(
    "text, names",
    [
        ("a = b = 1", {"a": 1, "b": 1}),
        ("a = -1.5\nb = -'x'", {"a": -1.5, "b": None}),
        ("a = 1\nb = [a, (a, 'x')]", {"a": 1, "b": [1, (1, "x")]}),
        ("a = dict(b=1)", {"a": {"b": 1}}),
        ("a = {'b': 1, c: 2}", {"a": {"b": 1}}),
        ("a = open('x')\nb = unknown", {"a": None, "b": None}),
        ("import os\nos.x = 3", {}),
    ],
)  # fmt: skip
def test_assignments(text, names):
    assert read_config(text) == names


def test_find_breadth_first():
    config = {"a": [{"x": 2}, ({"x": 3},)], "x": 1}
    assert list(find(config, "x")) == [1, 2, 3]
    assert list(find(config, "y")) == list(find(None, "x")) == []
