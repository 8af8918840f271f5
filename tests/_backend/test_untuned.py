"""Who reads data for Keras waits for no autotuner of TensorFlow."""

import keras
import numpy as np
import pytest

from keras_solo._backend.untuned import untuned, untuned_fit
from keras_solo.data import ShapesDataset

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only it has one"
)


@pytest.fixture
def begun(monkeypatch):
    """For each dataset that is iterated: whether it is tuned."""
    import tensorflow

    found = []
    begin = tensorflow.data.Dataset.__iter__

    def noted(dataset):
        # None is TensorFlow's default, which is to tune.
        found.append(dataset.options().autotune.enabled is not False)
        return begin(dataset)

    monkeypatch.setattr(tensorflow.data.Dataset, "__iter__", noted)
    return found


def batches_of(model, count=4):
    return ShapesDataset(num_images=count).batches(model.preprocessor, 2)


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="others")
def test_elsewhere_nothing_is_done(tiny_model):
    batches = batches_of(tiny_model)
    assert untuned(batches) is batches
    pair = np.zeros((2, 3)), np.zeros(2)
    taken = untuned_fit(lambda *args, **kwargs: (args, kwargs))(
        *pair, 2, epochs=3, validation_data=pair
    )
    assert taken == ((*pair, 2), {"epochs": 3, "validation_data": pair})


@on_tensorflow
def test_fit_and_evaluate_on_batches(tiny_model, begun):
    batches = batches_of(tiny_model)
    tiny_model.compile("sgd")
    history = tiny_model.fit(
        batches, validation_data=batches_of(tiny_model, 2), epochs=2, verbose=0
    )
    assert len(history.history["val_loss"]) == 2
    assert batches.epoch == 2
    tiny_model.evaluate(batches, verbose=0)
    assert len(begun) > 4 and not any(begun)


@on_tensorflow
def test_fit_evaluate_and_predict_on_arrays(tiny_model, tiny_batch, begun):
    tiny_model.compile("sgd")
    tiny_model.fit(*tiny_batch, 2, validation_data=tiny_batch, verbose=0)
    losses = tiny_model.evaluate(*tiny_batch, 2, verbose=0, steps=1)
    assert np.isfinite(losses[0])
    found = tiny_model.predict(tiny_batch[0], 2, verbose=0, steps=1)
    assert found["confidence"].shape[0] == 2
    assert begun and not any(begun)


@on_tensorflow
def test_a_dataset_of_the_user_stays(tiny_model, tiny_batch, begun):
    import tensorflow

    dataset = tensorflow.data.Dataset.from_tensors(tiny_batch)
    assert untuned(dataset) is dataset
    tiny_model.compile("sgd")
    tiny_model.fit(dataset, validation_data=dataset, shuffle=False, verbose=0)
    assert begun and all(begun)


@on_tensorflow
def test_the_values_are_the_same(tiny_model):
    batches = batches_of(tiny_model)
    adapter = untuned(batches)
    assert untuned(adapter) is adapter and adapter.num_batches == 2
    for index, (images, targets) in enumerate(adapter.get_tf_dataset()):
        np.testing.assert_array_equal(images, batches[index][0])
        np.testing.assert_array_equal(
            targets["masks"], batches[index][1]["masks"]
        )


@on_tensorflow
def test_what_keras_refuses(tiny_model):
    with pytest.raises(ValueError, match="targets"):
        untuned(batches_of(tiny_model), y=np.zeros(2))


@on_tensorflow
def test_arrays_that_keras_splits(begun):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    history = untuned_fit(model.fit)(
        np.zeros((8, 3)), np.zeros(8), validation_split=0.5, verbose=0
    )
    assert len(history.history["val_loss"]) == 1


@on_tensorflow
def test_arrays_are_shuffled_and_weighed_as_keras_does(begun):
    """Of one step each, in an order that the seed says."""
    x = np.arange(6.0)[:, None]

    def weights(fit):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", loss="mse")
        fit(model)(x, x[:, 0], 2, epochs=2, verbose=0, sample_weight=x[:, 0])
        return model.get_weights()

    for ours, theirs in zip(
        weights(lambda model: untuned_fit(model.fit)),
        weights(lambda model: model.fit),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
