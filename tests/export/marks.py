"""Marks for tests of what only some environments can do."""

import pytest
from keras.backend import backend

from keras_solo.export.formats import FORMATS, missing_modules


def needs(*formats):
    """Marks tests of what only TensorFlow, with some packages, can do."""
    missing = [m for name in formats for m in missing_modules(FORMATS[name])]
    return pytest.mark.skipif(
        backend() != "tensorflow" or bool(missing),
        reason=f"TensorFlow writes it; missing: {missing}",
    )
