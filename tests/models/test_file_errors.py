"""Errors that name a file."""

import pytest

from keras_solo.models.file_errors import naming


def test_nothing():
    with naming("a.h5", "is damaged"):
        pass


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyError("layers"), "a.h5: is damaged: 'layers'"),
        (RuntimeError("two\n  lines"), "a.h5: is damaged: two lines"),
        (MemoryError(), "a.h5: is damaged: MemoryError"),
        (OSError("x" * 900), "a.h5: is damaged: " + "x" * 300),
    ],
)
def test_every_error_names_the_file(error, text):
    with pytest.raises(ValueError) as raised, naming("a.h5", "is damaged"):
        raise error
    assert str(raised.value) == text
    assert raised.value.__cause__ is error


def test_of_a_kind():
    class Foreign(ValueError):
        pass

    with pytest.raises(Foreign), naming("a.h5", "is damaged", kind=Foreign):
        raise ValueError("x")


def test_an_error_of_the_user_stays():
    with pytest.raises(TypeError, match=r"^x$"):
        with naming("a.h5", "is damaged", by_user=True):
            raise TypeError("x")
    with pytest.raises(ValueError, match=r"a\.h5"):
        with naming("a.h5", "is damaged", by_user=True):
            raise KeyError("x")


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_stop_stops(end):
    with pytest.raises(end), naming("a.h5", "is damaged"):
        raise end
