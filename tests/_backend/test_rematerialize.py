import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend.rematerialize import rematerialize


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="asks XLA's compiler"
)
def test_a_compiled_chain_keeps_less():
    """Each link makes four maps of one; without it all of them are kept."""
    import jax

    def link(x, weight):
        return ops.tanh(ops.sin(x @ weight) @ weight) * ops.cos(x)

    def loss(weight, x, wrap):
        for _ in range(8):
            x = wrap(lambda x: link(x, weight))(x)
        return ops.sum(x)

    shapes = np.ones((64, 64), "float32"), np.ones((4096, 64), "float32")
    memory, results = [], []
    for wrap in (lambda function: function, rematerialize):
        step = jax.jit(lambda *both, wrap=wrap: jax.grad(loss)(*both, wrap))
        compiled = step.lower(*shapes).compile()
        memory.append(compiled.memory_analysis().temp_size_in_bytes)
        results.append(np.asarray(compiled(*shapes)))
    assert memory[1] < 0.6 * memory[0]
    np.testing.assert_allclose(*results, rtol=1e-4)


def test_structures_integers_and_weights():
    scale = keras.Variable(np.float32([2.0]))

    def function(both, count):
        return both["x"] * scale + ops.cast(count, "float32"), count + 1

    both = {"x": ops.convert_to_tensor(np.float32([3.0]))}
    count = ops.convert_to_tensor(np.int32([4]))
    result, more = rematerialize(function)(both, count)
    assert float(ops.convert_to_numpy(result)[0]) == 10.0
    assert int(ops.convert_to_numpy(more)[0]) == 5
