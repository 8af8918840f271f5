import numpy as np
import pytest

from keras_solo.models.classes import checked_classes


@pytest.mark.parametrize(
    "arguments, want",
    [
        ((3, None, None), (3, None, None)),
        ((None, ["a", "b"], None), (2, ("a", "b"), None)),
        ((2, iter("ab"), None), (2, ("a", "b"), None)),
        ((None, "ab".split(), [7]), (1, ("ab",), (7,))),
        ((2, None, np.array([9, 7])), (2, None, (9, 7))),
        ((1, None, [0]), (1, None, (0,))),
    ],
)
def test_what_is_right(arguments, want):
    found = checked_classes(*arguments)
    assert found == want
    assert all(type(one) is int for one in found.category_ids or ())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((None, None, None), "num_classes=None"),
        ((0, None, None), "num_classes=0"),
        ((None, [], None), "at least 1"),
        ((-1, None, None), "at least 1"),
        ((None, "nut", None), "list of names"),
        ((None, ["a", "a"], None), "different class names"),
        ((3, ["a", "b"], None), "num_classes=3, 2 class names"),
        ((2, None, [7]), r"2 different integers.*\(7,\)"),
        ((2, None, [7, 7]), r"different.*\(7, 7\)"),
        ((2, None, [7, 1.5]), "integers"),
        ((2, None, ["7", "9"]), "integers"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        checked_classes(*arguments)
