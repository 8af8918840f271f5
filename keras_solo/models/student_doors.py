"""What callbacks and users ask of a model in training: the student answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import keras

from keras_solo._tensor import Tensor
from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.mask_dtype import MaskDtype
from keras_solo.models.solov2 import SOLOv2
from keras_solo.models.two_losses import TwoLosses

Stream: TypeAlias = Iterator[tuple[int, Instances | ImageError]]


class StudentDoors(TwoLosses):
    """A model whose predictions, classes and weights are its student's.

    Args:
        student: Who answers.
        name: Of the model.
    """

    student: SOLOv2

    def __init__(self, student: SOLOv2, name: str) -> None:
        # Keras makes `TwoLosses` functional when it makes a SOLOv2.
        images = keras.Input((None, None, 3), name="images")
        super().__init__(inputs=images, outputs=student(images), name=name)
        self.dtype_policy = student.dtype_policy
        self.student = student

    @property
    def backbone(self) -> keras.Model:
        return self.student.backbone

    @property
    def class_names(self) -> tuple[str, ...] | None:
        return self.student.class_names

    @property
    def category_ids(self) -> tuple[int, ...] | None:
        return self.student.category_ids

    @property
    def num_classes(self) -> int:
        return self.student.num_classes

    @property
    def preprocessor(self) -> Letterbox:
        return self.student.preprocessor

    @property
    def levels(self) -> Levels:
        return self.student.levels

    @property
    def decoder(self) -> InstanceDecoder:
        return self.student.decoder

    @property
    def compiled_predictions(self) -> dict[MaskDtype, CompiledPrediction]:
        return self.student.compiled_predictions

    @property
    def segment(self) -> Callable[..., Instances | list[Instances]]:
        return self.student.segment

    @property
    def segment_stream(self) -> Callable[..., Stream]:
        return self.student.segment_stream

    def predict(self, x: Tensor, **kwargs: Any) -> dict[str, Tensor]:
        """Of the student."""
        return self.student.predict(x, **kwargs)

    def predict_on_batch(self, x: Tensor) -> dict[str, Tensor]:
        """Of the student."""
        return self.student.predict_on_batch(x)

    def save_weights(
        self, filepath: str | os.PathLike[str], **kwargs: Any
    ) -> None:
        """Saves the student's weights, and nothing else."""
        self.student.save_weights(filepath, **kwargs)

    def load_weights(
        self, filepath: str | os.PathLike[str], **kwargs: Any
    ) -> None:
        """Loads the student's weights."""
        self.student.load_weights(filepath, **kwargs)
