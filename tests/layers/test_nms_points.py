import numpy as np
from keras import ops

from keras_solo.layers import PointsNMS, points_nms
from tests.layer_harness import check_layer


def test_by_hand():
    scores = np.float32([[0.2, 0.9, 0.9], [0.3, 0.8, 0.1], [0.1, 0.2, 0.8]])
    got = ops.convert_to_numpy(points_nms(scores.reshape(1, 3, 3, 1)))
    # Up, left and up-left neighbours count; ties stay.
    want = [[0.2, 0.9, 0.9], [0.3, 0, 0], [0, 0, 0.8]]
    np.testing.assert_allclose(got.reshape(3, 3), want)


def test_agrees_with_the_reference(mmdet_cases):
    x = mmdet_cases["pnms.in"].transpose(0, 2, 3, 1)
    want = mmdet_cases["pnms.out"].transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(points_nms(x)), want)


def test_as_a_layer(tmp_path):
    scores = np.random.default_rng(0).random((2, 4, 4, 3)).astype("float32")
    check_layer(PointsNMS, {}, scores, folder=tmp_path, sides="free")
