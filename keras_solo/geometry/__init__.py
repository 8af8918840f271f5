"""Where things are: canvas, pyramid levels, cells. NumPy, no Keras."""

from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.levels import Levels, cell_edges, cells_of
from keras_solo.geometry.placement import Placement

__all__ = ["Letterbox", "Levels", "Placement", "cell_edges", "cells_of"]
