"""Where things are: canvas, pyramid levels, cells. NumPy, no Keras."""

from keras_solo.geometry.affine import AffinePlacement
from keras_solo.geometry.cells import Span, cell_edges, cells_of
from keras_solo.geometry.claims import Claims
from keras_solo.geometry.intensity import Intensity
from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.levels import Levels
from keras_solo.geometry.mask_stride import MASK_STRIDE
from keras_solo.geometry.placement import Placement

__all__ = [
    "AffinePlacement",
    "Claims",
    "Intensity",
    "Letterbox",
    "Levels",
    "MASK_STRIDE",
    "Placement",
    "Span",
    "cell_edges",
    "cells_of",
]
