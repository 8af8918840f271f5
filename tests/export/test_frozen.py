import contextlib

import numpy as np

from keras_solo._backend import convolution
from keras_solo.export import frozen
from keras_solo.export.frozen import Frozen
from tests.export.marks import needs

pytestmark = needs("saved_model")


def test_weights_are_constants(talkative, graph, noise):
    holder = Frozen(graph)
    want = {name: np.array(value) for name, value in graph(noise).items()}
    for weight in talkative.weights:
        weight.assign(0 * weight)
    found = holder.function(noise)
    np.testing.assert_allclose(
        found["confidence"], want["confidence"], atol=1e-5
    )
    assert not holder.function.get_concrete_function().variables


def test_convolutions_stay_convolutions(graph, monkeypatch):
    """However Keras computes them on this machine."""
    for name in ("MANY_PAIRS", "MANY_CHANNELS", "MANY_TILES"):
        least = {"tensorflow": 1} if name == "MANY_PAIRS" else 1
        monkeypatch.setattr(convolution, name, least)

    def count():
        function = Frozen(graph).function.get_concrete_function()
        nodes = function.graph.as_graph_def().node
        return [node.op for node in nodes].count("Conv2D")

    plain = count()
    monkeypatch.setattr(frozen, "plain_convolutions", contextlib.nullcontext)
    assert plain > count() > 0


def test_saved(graph):
    with Frozen(graph).saved() as folder:
        assert (folder / "saved_model.pb").is_file()
    assert not folder.exists()
