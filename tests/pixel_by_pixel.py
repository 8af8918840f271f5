"""The way of masks home, pixel by pixel: what runs must be equal to.

This was the rule before masks came home as runs. Besides the masks it gives
the values that were compared with the threshold.
"""

import cv2
import numpy as np


def masks_home(letterbox, masks, original, threshold=0.5):
    """bool (n, height, width), in the pixels of the original."""
    home = np.zeros((len(masks), *original), bool)
    for mask, target in zip(masks, home, strict=True):
        window, values = mask_home(letterbox, mask, original, threshold)
        target[window] = values > threshold
    return home


def mask_home(letterbox, mask, original, threshold=0.5):
    """The part of the original that may be set, and its float32 values."""
    canvas = letterbox.canvas_size(original)
    resized = letterbox.resized_size(original)
    mask = mask.astype(np.float32, copy=False)
    if letterbox.resampling == "twice":
        mask = _resize(mask, canvas)[: resized[0], : resized[1]]
        return (slice(None), slice(None)), _resize(mask, original)
    rows = _samples(original[0], resized[0], canvas[0], mask.shape[0])
    cols = _samples(original[1], resized[1], canvas[1], mask.shape[1])
    return _resample(mask, rows, cols, threshold)


def _samples(original, resized, canvas, grid):
    """Lower neighbour, upper neighbour and weight along one axis."""
    centers = (np.arange(original) + 0.5) * (resized / original)
    position = np.clip(centers * (grid / canvas) - 0.5, 0, grid - 1)
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, grid - 1)
    return low, high, (position - low).astype(np.float32)


def _resample(mask, rows, cols, threshold):
    above = mask > threshold
    window = []
    for axis, (low, high, _) in ((1, rows), (0, cols)):
        hit = np.flatnonzero(above.any(axis=axis))
        if not len(hit):
            return (slice(0), slice(0)), np.zeros((0, 0), np.float32)
        first = np.searchsorted(high, hit[0], side="left")
        last = np.searchsorted(low, hit[-1], side="right")
        window.append(slice(first, last))
    (y0, y1, wy), (x0, x1, wx) = (
        tuple(part[span] for part in samples)
        for samples, span in zip((rows, cols), window, strict=True)
    )
    wy = wy[:, None]
    lines = mask[y0] * (1 - wy) + mask[y1] * wy
    return tuple(window), lines[:, x0] * (1 - wx) + lines[:, x1] * wx


def _resize(mask, size):
    return cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR)
