"""The curves of a training as a picture, where they can be drawn."""

import pathlib
import warnings

import numpy as np

from keras_solo.training.run_history import Curves
from keras_solo.visualization import draw_curves


def draw_run_curves(curves: Curves, path: pathlib.Path) -> None:
    """Draws what was measured; a warning says why that is not possible.

    Args:
        curves: Names to values, one an epoch, NaN where nothing was measured.
        path: The picture.
    """
    measured = {
        name: values
        for name, values in curves.items()
        if np.isfinite(values).any()
    }
    if not measured:
        return
    try:
        draw_curves(measured).save(path)
    except ImportError as error:
        warnings.warn(f"No curves: {error}", stacklevel=4)
