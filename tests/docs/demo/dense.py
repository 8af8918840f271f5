"""Masks of the browser's demo as arrays."""

import numpy as np


def dense(mask, height, width):
    """A mask in its window, as `masks.js` makes it, on all pixels."""
    inside = np.reshape(mask["inside"], (mask["height"], mask["width"]))
    whole = np.zeros((height, width), bool)
    rows = slice(mask["top"], mask["top"] + mask["height"])
    whole[rows, mask["left"] : mask["left"] + mask["width"]] = inside
    return whole
