"""Keeps the peaks of category scores on each grid."""

import keras
from keras import ops


def points_nms(scores):
    """Zeroes every score that its upper or left neighbours exceed.

    A cell keeps the score of a category if it is at least that of the cells
    above, to the left, and above to the left. Equal neighbours both stay.

    Args:
        scores: `(B, S, S, C)` scores in [0, 1] of one level's grid.

    Returns:
        Tensor of the same shape.

    Source: SOLOv2's released code; `points_nms` in MMDetection 3.3:
    `max_pool2d(scores, 2, stride=1, padding=1)[:, :, :-1, :-1] == scores`.
    """
    padded = ops.pad(scores, [[0, 0], [1, 0], [1, 0], [0, 0]])
    peaks = ops.nn.max_pool(
        padded, 2, strides=1, padding="valid", data_format="channels_last"
    )
    return ops.where(peaks == scores, scores, ops.zeros_like(scores))


@keras.saving.register_keras_serializable(package="keras_solo")
class PointsNMS(keras.layers.Layer):
    """Layer over `points_nms`: keeps the peaks of a grid of scores.

    Input and output shape: `(B, S, S, C)`.

    Example:

    >>> import numpy as np
    >>> scores = np.float32([[0.2, 0.9], [0.3, 0.8]]).reshape(1, 2, 2, 1)
    >>> np.array(PointsNMS()(scores)).round(1).reshape(2, 2).tolist()
    [[0.20000000298023224, 0.8999999761581421], [0.30000001192092896, 0.0]]
    """

    def call(self, inputs):
        return points_nms(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape
