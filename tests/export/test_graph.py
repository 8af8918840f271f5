import numpy as np
import pytest
from keras import ops

from keras_solo.export.graph import OUTPUTS, fixed_letterbox, instance_graph
from keras_solo.geometry import Letterbox


def arrays(found):
    return {name: ops.convert_to_numpy(value) for name, value in found.items()}


def test_as_the_model(talkative, graph, noise):
    want = talkative.predict_on_batch(noise.astype("float32"))
    found = arrays(graph(noise))
    assert set(found) == set(OUTPUTS)
    assert want["num_detections"].min() > 0
    for name, value in found.items():
        np.testing.assert_allclose(value, want[name], atol=1e-5, err_msg=name)


def test_masks_of_bytes(talkative, noise):
    graph = instance_graph(talkative, (64, 64), 2, "uint8")
    want = talkative.predict_on_batch(noise.astype("float32"))["masks"]
    masks = arrays(graph(noise))["masks"]
    assert masks.dtype == np.uint8
    np.testing.assert_allclose(masks / 255, want.clip(0), atol=0.51 / 255)
    assert tuple(graph.inputs[0].shape) == (2, 64, 64, 3)


def test_another_canvas(talkative):
    graph = instance_graph(talkative, (96, 64))
    assert tuple(graph.output["masks"].shape) == (None, 12, 24, 16)


def test_fixed_letterbox(make_model):
    model = make_model(
        preprocessor=Letterbox((64, 96), canvas="fit", pad_value=(1, 2, 3))
    )
    letterbox = fixed_letterbox(model, None)
    assert letterbox == Letterbox((64, 96), pad_value=(1, 2, 3))
    assert fixed_letterbox(model, (32, 64)).image_size == (32, 64)
    with pytest.raises(ValueError, match="multiples of 32"):
        fixed_letterbox(model, (30, 64))
