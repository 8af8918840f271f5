"""A model as a TensorFlow function that holds its weights as constants."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from keras_solo._backend.convolution import plain_convolutions

if TYPE_CHECKING:
    import tensorflow


class Frozen:
    """A model as other converters take it: one function, and no variable.

    LiteRT, OpenVINO and ONNX read TensorFlow's variables in ways of their own,
    some of them wrongly; a constant is a constant to all of them.

    Args:
        model: From one tensor to a dict of tensors, on the TensorFlow backend.
    """

    def __init__(self, model: keras.Model) -> None:
        import tensorflow

        (images,) = model.inputs
        self.name: str = images.name
        self.model = model
        # Read here: in a function that is traced they have no values.
        self.values: list[list[np.ndarray]] = [
            [keras.ops.convert_to_numpy(variable) for variable in variables]
            for variables in (
                model.trainable_variables,
                model.non_trainable_variables,
            )
        ]
        self.signature: list[tensorflow.TensorSpec] = [
            tensorflow.TensorSpec(images.shape, images.dtype, self.name)
        ]
        self.function: Callable[
            [tensorflow.Tensor], dict[str, tensorflow.Tensor]
        ] = tensorflow.function(self._call, input_signature=self.signature)

    def _call(self, images: tensorflow.Tensor) -> dict[str, tensorflow.Tensor]:
        import tensorflow

        constants = (
            [tensorflow.constant(value) for value in part]
            for part in self.values
        )
        with plain_convolutions():
            found, _ = self.model.stateless_call(
                *constants, images, training=False
            )
        return found

    def save(self, folder: pathlib.Path) -> None:
        """Writes a SavedModel with the signature `serving_default`."""
        import tensorflow

        module = tensorflow.Module()
        module.serve = self.function
        tensorflow.saved_model.save(
            module, str(folder), signatures={"serving_default": self.function}
        )

    @contextmanager
    def saved(self) -> Iterator[pathlib.Path]:
        """A SavedModel for converters that read one, which does not stay."""
        with tempfile.TemporaryDirectory() as parent:
            folder = pathlib.Path(parent, "saved_model")
            self.save(folder)
            yield folder
