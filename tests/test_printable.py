"""Text that is safe to show."""

import pytest

from keras_solo._printable import printable, shown


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
