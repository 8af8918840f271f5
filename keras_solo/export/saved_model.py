"""SavedModel: TensorFlow's own format."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import numpy as np

from keras_solo.export.frozen import Frozen
from keras_solo.export.runner import Runner


def write(
    frozen: Frozen,
    path: pathlib.Path,
    weights_dtype: str,
    card: Mapping[str, object],
) -> None:
    """Writes a folder with the signature `serving_default`."""
    frozen.save(path)


def opened(path: pathlib.Path) -> Runner:
    """The folder in TensorFlow."""
    import tensorflow

    loaded = tensorflow.saved_model.load(str(path))

    def run(canvases: np.ndarray) -> dict[str, np.ndarray]:
        # Not bound outside: a signature does not keep what it is made of.
        serve = loaded.signatures["serving_default"]
        found = serve(images=tensorflow.constant(canvases))
        return {name: value.numpy() for name, value in found.items()}

    return run
