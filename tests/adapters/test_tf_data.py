"""to_tf_data: the same batches; and what Keras does with them."""

import sys

import keras
import numpy as np
import pytest

from keras_solo.adapters import tf_data as module
from keras_solo.adapters import to_tf_data
from keras_solo.data import ShapesDataset
from keras_solo.geometry import Letterbox


def batches(**options):
    dataset = ShapesDataset(5, original_size=(40, 60))
    return dataset.batches(
        Letterbox((32, 64)), 2, augment=True, workers=0, **options
    )


def test_without_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match="tf.data needs TensorFlow"):
        to_tf_data(batches())


def test_what_tensorflow_is_asked_for(monkeypatch):
    monkeypatch.setattr(module, "dataset_of", lambda *args: args)
    found = batches(initial_epoch=1)
    make, count, signature, pack, parallel = to_tf_data(found, epochs=3)
    assert (count, parallel) == (4, 2)
    arrays = make(3)
    images, targets = pack(arrays)
    expected, wanted = found.make(2, 1)
    np.testing.assert_array_equal(images, expected)
    assert targets.keys() == wanted.keys()
    for array, (shape, dtype) in zip(arrays, signature, strict=True):
        assert (array.shape, array.dtype) == (shape, dtype)


def test_what_differs_between_batches_is_not_in_the_signature():
    (images, _), (masks, _), *_ = module.signature(batches(drop_last=False))
    assert images == (None, 32, 64, 3) and masks == (None, 6, 8, 16)
    (images, _), (masks, _), *_ = module.signature(batches(aspect_groups=True))
    assert images == (2, None, None, 3) and masks == (2, 6, None, None)


@pytest.mark.parametrize(
    "options",
    [{}, {"drop_last": False}, {"mask_targets": "soft", "aspect_groups": True}],
)
def test_the_same_batches(options):
    pytest.importorskip("tensorflow")
    found = batches(**options)
    data = to_tf_data(found, epochs=2)
    assert int(data.cardinality()) == 2 * len(found)
    passes = [list(data.as_numpy_iterator()) for _ in range(2)]
    for taken in passes:
        for number, (images, targets) in enumerate(taken):
            expected, wanted = found.make(*divmod(number, len(found)))
            np.testing.assert_array_equal(images, expected)
            assert targets.keys() == wanted.keys()
            for name, array in wanted.items():
                np.testing.assert_array_equal(targets[name], array)


def test_fit_takes_the_epochs_one_after_the_other():
    """On every backend, beside TensorFlow; first pixels tell the images."""
    pytest.importorskip("tensorflow")
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
        to_tf_data(found, epochs=3),
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
