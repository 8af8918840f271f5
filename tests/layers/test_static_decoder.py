import numpy as np
import pytest
from keras import ops

from keras_solo.geometry import Levels
from keras_solo.layers import InstanceDecoder
from keras_solo.layers.static_decoder import StaticDecoder
from tests.layer_harness import check_layer

LEVELS = Levels((6, 3), ((0, 32), (24, np.inf)), ("P3", "P4"))
CELLS, CLASSES, SIDE = 45, 3, 16


def outputs(batch=3, quality=False, seed=0):
    """Blobs that overlap; nothing in the first image, little in the second."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    middles = rng.uniform(3, 13, (batch, CELLS, 2, 1, 1))
    radius = rng.uniform(0.5, 5, (batch, CELLS, 1, 1))
    far = np.hypot(y - middles[:, :, 0], x - middles[:, :, 1])
    bias = np.resize([-9.0, -3.0, 0.0], (batch, 1, 1))
    values = {
        "category_logits": rng.normal(bias, 1.5, (batch, CELLS, CLASSES)),
        "kernels": (2 * (radius - far)).reshape(batch, CELLS, -1),
        "mask_features": np.broadcast_to(
            np.eye(SIDE * SIDE).reshape(SIDE, SIDE, -1),
            (batch, SIDE, SIDE, SIDE * SIDE),
        ),
    }
    if quality:
        values["quality_logits"] = rng.normal(0, 2, (batch, CELLS))
    return {name: value.astype("float32") for name, value in values.items()}


def both(values, **kwargs):
    layer = InstanceDecoder(LEVELS, **kwargs)
    static = StaticDecoder.from_config(layer.get_config())
    return [
        {name: ops.convert_to_numpy(x) for name, x in one(values).items()}
        for one in (layer, static)
    ]


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"max_detections": 7},
        {"max_candidates": 20, "max_detections": 40},
        {"nms_candidates": 15, "score_threshold": 0.3},
        {"nms_kernel": "linear", "class_agnostic": True},
        {"nms": "hard", "nms_iou_threshold": 0.2},
        {"mask_threshold": 0.3, "update_threshold": 0.2},
        {"score_threshold": 0.0, "update_threshold": 0.0},
    ],
    ids=str,
)
def test_as_the_decoder(kwargs):
    want, found = both(outputs(), **kwargs)
    assert 0 < want["num_detections"][2]
    assert want.keys() == found.keys()
    for name, value in want.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)


def test_quality():
    values = outputs(quality=True)
    want, found = both(values, quality_power=0.5)
    for name, value in want.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)
    del values["quality_logits"]
    assert not np.allclose(both(values)[1]["confidence"], want["confidence"])


def test_nothing():
    found = both(outputs(1), max_detections=5)[1]
    assert found["num_detections"].tolist() == [0]
    for name in ("masks", "labels", "confidence", "boxes"):
        assert (found[name] == -1).all()


def test_as_a_layer(tmp_path):
    layer = InstanceDecoder(
        levels=LEVELS,
        score_threshold=0.2,
        mask_threshold=0.4,
        update_threshold=0.1,
        max_candidates=7,
        nms_candidates=6,
        max_detections=5,
        nms_kernel="linear",
        nms_sigma=3.0,
        nms="hard",
        class_agnostic=True,
        nms_iou_threshold=0.3,
        quality_power=0.5,
    )
    arguments = {
        name: value
        for name, value in layer.get_config().items()
        if name not in ("name", "dtype", "trainable")
    }
    check_layer(
        StaticDecoder,
        {**arguments, "levels": LEVELS},
        outputs(2, quality=True),
        folder=tmp_path,
        precise=True,
    )
