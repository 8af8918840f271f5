"""EpochRange: which batch a number is."""

import numpy as np
import pytest

from keras_solo.adapters.epoch_range import EpochRange
from keras_solo.data import ShapesDataset
from keras_solo.geometry import Letterbox


@pytest.fixture
def batches():
    return ShapesDataset(4, original_size=(32, 32)).batches(
        Letterbox((32, 32)), 2, augment=True, initial_epoch=3, workers=0
    )


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ((None, None), 3, 4),
        ((5, None), 3, 5),
        ((5, 2), 2, 5),
        ((None, 0), 0, 1),
    ],
)
def test_by_the_words_of_fit(batches, words, first, last):
    found = EpochRange.of(batches, *words)
    assert (found.first, found.last) == (first, last)
    assert len(found) == 2 * (last - first)


@pytest.mark.parametrize("words", [(3, None), (2, 2), (2, -1)])
def test_no_epoch(batches, words):
    with pytest.raises(ValueError, match="Expected epochs, .* Received"):
        EpochRange.of(batches, *words)


def test_batches_through_the_epochs(batches):
    found = EpochRange.of(batches, epochs=5, initial_epoch=None)
    for number in (3, 0, 2, 1):
        images, _ = found(number)
        expected, _ = batches.make(3 + number // 2, number % 2)
        np.testing.assert_array_equal(images, expected)
    assert batches.epoch == 3
    assert (found(0)[0] != found(2)[0]).any()
