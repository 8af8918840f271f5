import numpy as np

from keras_solo.export.frozen import Frozen
from tests.export.marks import needs

pytestmark = needs("saved_model")


def test_weights_are_constants(talkative, graph, noise):
    frozen = Frozen(graph)
    want = {name: np.array(value) for name, value in graph(noise).items()}
    for weight in talkative.weights:
        weight.assign(0 * weight)
    found = frozen.function(noise)
    np.testing.assert_allclose(
        found["confidence"], want["confidence"], atol=1e-5
    )
    assert not frozen.function.get_concrete_function().variables


def test_saved(graph):
    with Frozen(graph).saved() as folder:
        assert (folder / "saved_model.pb").is_file()
    assert not folder.exists()
