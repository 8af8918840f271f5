"""Text that is safe to show."""

import pytest

from keras_solo._printable import counted, did_you_mean, printable, shown


@pytest.mark.parametrize("text", ["", "dog", "Straße 日本 <b>", "a\\nb"])
def test_what_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udcff", r"\udcff"),
        ("\0", r"\x00"),
        ("\ufeff", r"\ufeff"),
    ],
)
def test_what_is_written_as_python_does(text, safe):
    assert printable(text) == safe
    assert printable(safe) == safe


def test_the_longest():
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abc..."
    assert len(printable("\n" * 300, 60)) == 60


def test_what_is_shown_of_a_value():
    assert shown("a") == "'a'"
    assert shown("\udcff\n") == r"'\udcff\n'"
    assert len(shown("a" * 1000)) == 80
    assert shown([1, 2, 3], longest=3) == "[1,"
    assert shown({"a": [{"b": (1, 2.5)}]}) == "{'a': [{'b': (1, 2.5)}]}"


@pytest.mark.parametrize(
    "value",
    [
        "ab" * 50,
        list(range(100)),
        {f"k{i:02}": i for i in range(100)},
        [[i] * 9 for i in range(9)],
        10**79,
    ],
)
def test_what_is_shown_is_the_beginning(value):
    assert shown(value) == repr(value)[:80]


def test_what_refers_to_itself_is_shown_at_once():
    value = "x"
    for _ in range(40):  # 9 ** 40 of them, if written out
        value = [value] * 9
    assert shown(value).startswith("[[[[")
    assert shown(dict.fromkeys("abc", value))
    assert len(shown([["x" * 10**6] * 10**6])) == 80


def test_numbers_and_what_they_count():
    assert counted(0, "image") == "0 images"
    assert counted(1, "class", "classes") == "1 class"
    assert counted(3, "class", "classes") == "3 classes"


def test_what_was_meant():
    assert did_you_mean([], ["a"]) == did_you_mean(["xyz"], ["a"]) == ""
    assert did_you_mean(iter(["dgo", "catt"]), iter(["cat", "dog"])) == (
        " Did you mean dog, cat?"
    )
