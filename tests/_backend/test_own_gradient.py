import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend.own_gradient import with_gradient


def squared_and_doubled(x, y):
    return [x * x, y + y]


def pull(arguments, gradients):
    """Not the true one: seven times and the second argument times."""
    _, y = arguments
    return [7.0 * gradients[0], y * gradients[1]]


class Layer(keras.layers.Layer):
    def build(self, shape):
        self.x = self.add_weight(shape=(2,), initializer="ones")
        self.y = self.add_weight(shape=(3,), initializer="ones")

    def call(self, inputs):
        function = with_gradient(squared_and_doubled, pull)
        x, y = function(
            ops.convert_to_tensor(self.x), ops.convert_to_tensor(self.y)
        )
        return inputs + ops.sum(x) + ops.sum(y)


@pytest.mark.parametrize("eagerly", [False, True])
def test_own_gradient_is_taken(eagerly):
    model = keras.Sequential([keras.Input((1,)), Layer()])
    layer = model.layers[0]
    layer.set_weights([np.float32([1, 2]), np.float32([3, 4, 5])])
    model.compile(
        keras.optimizers.SGD(1.0), lambda y, x: ops.sum(x), run_eagerly=eagerly
    )
    model.train_on_batch(np.zeros((1, 1)), np.zeros((1, 1)))
    x, y = layer.get_weights()
    np.testing.assert_allclose(x, [1 - 7, 2 - 7])
    np.testing.assert_allclose(y, [0, 0, 0])


def test_results_are_those_of_the_function():
    function = with_gradient(squared_and_doubled, pull)
    x, y = function(*(ops.convert_to_tensor(n) for n in ([3.0], [4.0])))
    assert (float(x[0]), float(y[0])) == (9.0, 8.0)
