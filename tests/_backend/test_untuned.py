"""Who reads data for Keras waits for no autotuner of TensorFlow."""

import keras
import numpy as np
import pytest

from keras_solo._backend.untuned import Untuned
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
def test_elsewhere_keras_asks_for_no_strategy(tiny_model):
    tiny_model.compile("sgd")
    tiny_model.fit(batches_of(tiny_model), verbose=0)
    assert not hasattr(tiny_model, "distribute_strategy")


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
    tiny_model.compile("sgd")
    tiny_model.fit(dataset, validation_data=dataset, shuffle=False, verbose=0)
    assert begun and all(begun)


@on_tensorflow
def test_users_validate_on_theirs(tiny_model, tiny_batch, begun):
    import tensorflow

    dataset = tensorflow.data.Dataset.from_tensors(tiny_batch)
    tiny_model.compile("sgd")
    tiny_model.fit(batches_of(tiny_model), validation_data=dataset, verbose=0)
    assert begun and all(begun)


@on_tensorflow
def test_outside_of_fit_the_strategy_is_keras_own(tiny_model):
    import tensorflow

    tiny_model.compile("sgd")
    default = tensorflow.distribute.get_strategy()
    assert tiny_model.distribute_strategy is default
    with pytest.raises(ValueError, match="targets"):
        tiny_model.fit(batches_of(tiny_model), np.zeros(2), verbose=0)
    assert tiny_model.distribute_strategy is default


@on_tensorflow
def test_a_model_of_another_strategy_keeps_it(begun):
    import tensorflow

    strategy = tensorflow.distribute.OneDeviceStrategy("/cpu:0")
    with strategy.scope():
        model = Line()
        model.compile("sgd", loss="mse")
    seen = []
    noted = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(
            model.distribute_strategy
        )
    )
    model.fit(np.zeros((8, 1)), np.zeros(8), verbose=0, callbacks=[noted])
    assert seen == [strategy]


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)


class Line(Untuned, Plain):
    pass


def trained(model):
    """What is measured on arrays that are split, shuffled and weighed."""
    keras.utils.set_random_seed(0)
    model.compile("sgd", loss="mse")
    x = np.arange(8.0)[:, None] / 8
    history = model.fit(
        *(x, x[:, 0], 2, 3, 0),
        validation_split=0.25,
        sample_weight=x[:, 0],
    )
    return history.history


def test_nothing_else_is_different():
    keras.utils.set_random_seed(0)
    ours = trained(Line())
    keras.utils.set_random_seed(0)
    assert ours == trained(Plain())
    assert len(ours["val_loss"]) == 3
