"""Where things are: canvas, pyramid levels, cells. NumPy, no Keras."""

from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.levels import Levels, cell_edges, cells_of

__all__ = ["Letterbox", "Levels", "cell_edges", "cells_of"]
