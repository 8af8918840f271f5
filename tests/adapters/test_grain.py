"""to_grain: the same batches; and what Grain and Keras do with them."""

import sys

import keras
import numpy as np
import pytest

from keras_solo.adapters import to_grain
from keras_solo.data import ShapesDataset
from keras_solo.geometry import Letterbox


def batches(**options):
    dataset = ShapesDataset(5, original_size=(40, 60))
    return dataset.batches(
        Letterbox((32, 64)), 2, augment=True, workers=0, **options
    )


def assert_same(ours, theirs):
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert ours[1].keys() == theirs[1].keys()
    for name, array in theirs[1].items():
        np.testing.assert_array_equal(ours[1][name], array)


def test_without_grain(monkeypatch):
    monkeypatch.setitem(sys.modules, "grain", None)
    with pytest.raises(ImportError, match=r'pip install "keras-solo\[grain\]"'):
        to_grain(batches())


@pytest.mark.parametrize("options", [{}, {"drop_last": False}])
def test_the_same_batches(options):
    pytest.importorskip("grain")
    found = batches(**options)
    data = to_grain(found, epochs=3, initial_epoch=1)
    assert len(data) == 2 * len(found)
    for number in (3, 0, 1, 2):
        passed, index = divmod(number, len(found))
        assert_same(data[number], found.make(1 + passed, index))


def test_grains_threads_and_its_checkpoint():
    grain = pytest.importorskip("grain")
    found = batches()
    options = grain.ReadOptions(num_threads=2, prefetch_buffer_size=2)
    data = to_grain(found, epochs=2).to_iter_dataset(options)
    assert len(list(data)) == 2 * len(found)
    iterator = iter(data)
    next(iterator)
    state = iterator.get_state()
    second = next(iterator)
    assert_same(second, found.make(0, 1))
    iterator = iter(data)
    iterator.set_state(state)
    assert_same(next(iterator), second)


def test_fit_takes_the_epochs_one_after_the_other():
    """First pixels tell the images."""
    pytest.importorskip("grain")
    found = batches(initial_epoch=1)
    seen = []

    class Watcher(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, images):
            return self.dense(keras.ops.cast(images[:, 0, 0], "float32"))

        def compute_loss(self, x, y, y_pred, *args, **kwargs):
            try:
                seen.append(keras.ops.convert_to_numpy(x)[0].tobytes())
            except Exception:
                pass  # Symbolic, while Keras builds the model.
            return keras.ops.mean(y_pred)

    model = Watcher()
    model.compile("sgd", run_eagerly=True)
    model.fit(
        to_grain(found, epochs=3),
        epochs=3,
        initial_epoch=1,
        steps_per_epoch=len(found),
        shuffle=False,
        verbose=0,
    )
    expected = [
        found.make(epoch, index)[0][0].tobytes()
        for epoch in (1, 2)
        for index in range(len(found))
    ]
    assert seen[-4:] == expected
