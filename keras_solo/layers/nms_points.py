"""Keeps the peaks of category scores on each grid."""

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor


def points_nms(scores: Tensor) -> Tensor:
    """Zeroes every score that its upper or left neighbours exceed.

    A cell keeps the score of a category if it is at least that of the cells
    above, to the left, and above to the left. Equal neighbours both stay.

    Args:
        scores: `(B, S, S, C)` scores in [0, 1] of one level's grid.

    Returns:
        Tensor of the same shape.

    Example:

    >>> import numpy as np
    >>> scores = np.float32([[0.25, 0.5], [1, 0.75]]).reshape(1, 2, 2, 1)
    >>> np.array(points_nms(scores)).reshape(2, 2).tolist()
    [[0.25, 0.5], [1.0, 0.0]]

    Source: SOLOv2's released code; `points_nms` in MMDetection 3.3:
    `max_pool2d(scores, 2, stride=1, padding=1)[:, :, :-1, :-1] == scores`.
    """
    # Two maxima of shifted grids; a pooling layer costs ten times as much.
    peaks = ops.pad(scores, [[0, 0], [1, 0], [1, 0], [0, 0]])
    peaks = ops.maximum(peaks[:, 1:], peaks[:, :-1])
    peaks = ops.maximum(peaks[:, :, 1:], peaks[:, :, :-1])
    return ops.where(peaks == scores, scores, ops.zeros_like(scores))


@keras.saving.register_keras_serializable(package="keras_solo")
class PointsNMS(keras.layers.Layer):
    """Layer over `points_nms`: keeps the peaks of a grid of scores.

    Input and output shape: `(B, S, S, C)`.

    Example:

    >>> import numpy as np
    >>> scores = np.float32([[0.25, 1], [0.5, 0.75]]).reshape(1, 2, 2, 1)
    >>> np.array(PointsNMS()(scores)).reshape(2, 2).tolist()
    [[0.25, 1.0], [0.5, 0.0]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return points_nms(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape
