"""What the mask grid should hold of an object, found by another way.

An object's outline is moved by the affine and drawn at eight times the canvas's
size, by OpenCV; run lengths are asked pixel by pixel. Where all cells around a
cell of the mask grid are covered, for nine tenths at least, the cell must be
set; where none is, for more than a tenth, it must not: so a mask is right to
one cell along its border.
"""

import cv2
import numpy as np

FINER = 8
STRIDE = 4


def coverage(matrix, segmentation, image_size, canvas_size):
    """float `(H / 4, W / 4)`: the part of each cell that the object covers."""
    height, width = (side * FINER for side in canvas_size)
    if isinstance(segmentation, np.ndarray):
        fine = _pixels(matrix, segmentation, (height, width))
    else:
        fine = np.zeros((height, width), np.uint8)
        for part in segmentation:
            part = np.asarray(part, float).reshape(-1, 2)
            fine |= _drawn(matrix, part, (height, width))
        image = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * image_size[::-1]
        fine &= _drawn(matrix, image, (height, width))
    side = STRIDE * FINER
    blocks = fine.reshape(height // side, side, width // side, side)
    return blocks.mean(axis=(1, 3))


def _drawn(matrix, points, size):
    moved = (points @ matrix[:, :2].T + matrix[:, 2]) * FINER
    fine = np.zeros(size, np.uint8)
    # OpenCV counts from the middle of the first pixel, in 256ths.
    points = np.rint((moved - 0.5) * 256).astype(np.int32)
    cv2.fillPoly(fine, [points], 1, shift=8)
    return fine


def _pixels(matrix, mask, size):
    linear = np.linalg.inv(matrix[:, :2])
    y, x = np.indices(size) / FINER + 0.5 / FINER
    points = np.stack([x, y], -1) - matrix[:, 2]
    columns, rows = np.floor(points @ linear.T).astype(int).transpose(2, 0, 1)
    height, width = mask.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    fine = mask[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return (fine & inside).astype(np.uint8)


def wrong_cells(mask, covered):
    """How many cells differ from the truth away from the border."""
    around = np.ones((3, 3), np.uint8)
    edge = {"borderType": cv2.BORDER_REPLICATE}
    least = cv2.erode(covered, around, **edge)
    most = cv2.dilate(covered, around, **edge)
    return int(((least >= 0.9) & (mask == 0)).sum()) + int(
        ((most <= 0.1) & (mask != 0)).sum()
    )
