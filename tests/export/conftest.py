import numpy as np
import pytest

from keras_solo.export.graph import instance_graph


@pytest.fixture
def talkative(make_model):
    """A tiny model that finds something in noise."""
    return make_model(
        decoder={"score_threshold": 0.08, "max_detections": 12},
        category_ids=(7, 3, 9),
    )


@pytest.fixture
def graph(talkative):
    return instance_graph(talkative, (64, 64))


@pytest.fixture
def noise():
    """Two canvases of 64 x 64."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (2, 64, 64, 3)).astype("uint8")
