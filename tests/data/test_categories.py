"""Class names and category ids, checked."""

import warnings

import numpy as np
import pytest

from keras_solo.data import categories as c


def test_no_classes():
    assert c.different_names([]) == ()
    assert c.integer_ids([]) == c.different_ids([], 0) == ()


def test_names():
    assert c.different_names(iter(["cat", "dog"])) == ("cat", "dog")
    with pytest.raises(ValueError, match="list of names. Received: .*'cat'"):
        c.different_names("cat")
    with pytest.raises(ValueError, match="different class names"):
        c.different_names(["cat", "cat"])


def test_ids_become_integers_of_python():
    for function in (c.integer_ids, lambda ids: c.different_ids(ids, 2)):
        found = function(np.array([9, 7]))
        assert found == (9, 7)
        assert all(type(one) is int for one in found)


@pytest.mark.parametrize("ids", [[1.5], ["7"], [None], np.array([1.0])])
def test_what_is_no_integer(ids):
    for function in (c.integer_ids, lambda ids: c.different_ids(ids, 1)):
        with pytest.raises(ValueError, match="integers as category_ids"):
            function(ids)


def test_ids_that_are_equal_or_too_few():
    assert c.integer_ids([7, 7]) == (7, 7)
    for ids in ([7, 7], [7], [7, 8, 9]):
        with pytest.raises(ValueError, match="2 different integers"):
            c.different_ids(ids, 2)


def test_listed():
    assert c.listed([]) == "none"
    assert c.listed(["a", "b"], most=2) == "a, b"
    assert c.listed(map(str, range(11)), most=3) == "0, 1, 2 and 8 more"


def test_what_a_choice_leaves_out_and_invents():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        c.say_what_differs(["a", "b"], ["b", "a"])
    with pytest.warns(UserWarning) as caught:
        c.say_what_differs(["hen", "oxx"], ["hen", "ox", "cow"])
    assert [str(one.message) for one in caught] == [
        "left out the objects of other classes: ox, cow.",
        "there is no object of these classes: oxx. Did you mean ox?",
    ]
    assert {one.filename for one in caught} == {__file__}
    with pytest.raises(ValueError, match="a dataset of ox. Did you mean ox?"):
        c.say_what_differs(["oxx"], ["ox"])
