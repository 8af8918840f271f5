"""A model around a SOLOv2, which answers whatever is asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar, cast

import keras

from keras_solo._tensor import Tensor
from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.mask_dtype import MaskDtype
from keras_solo.models.parts import Config
from keras_solo.models.solov2 import SOLOv2
from keras_solo.models.two_losses import TwoLosses

ModelT = TypeVar("ModelT")
Stream: TypeAlias = Iterator[tuple[int, Instances | ImageError]]


# What `keras.Model.compile` is told; all else is the inner model's.
OF_KERAS = ("run_eagerly", "steps_per_execution", "jit_compile")


class AroundSOLOv2(TwoLosses):
    """A model whose losses, predictions, classes and weights are another's.

    Callbacks and users ask it as they would ask the one inside. Whoever
    inherits trains that one on something else, too, or gives it other words.

    Args:
        inner: Who answers.
        name: Of the model.
    """

    inner: SOLOv2

    def __init__(self, inner: SOLOv2, name: str) -> None:
        # Keras makes `TwoLosses` functional when it makes a SOLOv2.
        images = keras.Input((None, None, 3), name="images")
        super().__init__(inputs=images, outputs=inner(images), name=name)
        self.dtype_policy = inner.dtype_policy
        self.inner = inner

    # === Training ===

    def compile(  # type: ignore[override]
        self,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        *args: object,
        **kwargs: Any,
    ) -> None:
        """Configures this model, and the losses of the one inside.

        Args:
            optimizer: As `SOLOv2.compile` takes it.
            *args: Of `SOLOv2.compile`.
            **kwargs: Of `SOLOv2.compile`.
        """
        self.inner.compile(optimizer, *args, **kwargs)  # type: ignore[arg-type]
        optimizer = self.inner.optimizer
        # That one gets another: this one's state may be of more weights.
        self.inner.compile("auto", *args, **kwargs)  # type: ignore[arg-type]
        self.compile_arguments: dict[str, Any] = self.inner.compile_arguments
        own = {name: kwargs[name] for name in OF_KERAS if name in kwargs}
        keras.Model.compile(self, optimizer=optimizer, loss=None, **own)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        own: list[keras.metrics.Metric] = keras.Model.metrics.fget(self)
        return own + [m for m in self.inner.metrics if m.name != "loss"]

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> dict[str, Tensor]:
        return self.inner(inputs, training=training)

    def test_step(self, *args: Tensor) -> Tensor:
        self.inner.evaluating = True
        try:
            return super().test_step(*args)
        finally:
            self.inner.evaluating = False

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """That of the model inside, see `SOLOv2.compute_loss`."""
        return self.inner.compute_loss(x, y, y_pred, sample_weight, training)

    @property
    def told(self) -> dict[str, object]:
        """What a training depends on, besides the model inside, as JSON."""
        return {"class": type(self).__name__}

    # === What it is asked ===

    @property
    def backbone(self) -> keras.Model | None:
        return getattr(self.inner, "backbone", None)

    @property
    def class_names(self) -> tuple[str, ...] | None:
        return self.inner.class_names

    @property
    def category_ids(self) -> tuple[int, ...] | None:
        return self.inner.category_ids

    @property
    def num_classes(self) -> int:
        return self.inner.num_classes

    @property
    def preprocessor(self) -> Letterbox:
        return self.inner.preprocessor

    @property
    def levels(self) -> Levels:
        return self.inner.levels

    @property
    def decoder(self) -> InstanceDecoder:
        return self.inner.decoder

    @decoder.setter
    def decoder(self, decoder: InstanceDecoder | Config | None) -> None:
        self.inner.decoder = decoder

    @property
    def compiled_predictions(self) -> dict[MaskDtype, CompiledPrediction]:
        return self.inner.compiled_predictions

    @property
    def segment(self) -> Callable[..., Instances | list[Instances]]:
        return self.inner.segment

    @property
    def segment_stream(self) -> Callable[..., Stream]:
        return self.inner.segment_stream

    def predict(self, x: Tensor, **kwargs: Any) -> dict[str, Tensor]:
        """Of the model inside."""
        return self.inner.predict(x, **kwargs)

    def predict_on_batch(self, x: Tensor) -> dict[str, Tensor]:
        """Of the model inside."""
        return self.inner.predict_on_batch(x)

    def export(self, filepath: object, *args: object, **kwargs: object) -> None:
        """Of the model inside, which names what exports it."""
        self.inner.export(filepath, *args, **kwargs)

    def save_weights(
        self, filepath: str | os.PathLike[str], **kwargs: Any
    ) -> None:
        """Saves the weights of the model inside, and nothing else."""
        self.inner.save_weights(filepath, **kwargs)

    def load_weights(
        self, filepath: str | os.PathLike[str], **kwargs: Any
    ) -> None:
        """Loads the weights of the model inside."""
        self.inner.load_weights(filepath, **kwargs)


Trained: TypeAlias = SOLOv2 | AroundSOLOv2
"""What `fit` trains: a model, or one around it."""


def inside(model: ModelT) -> ModelT:
    """The SOLOv2 in a model around one; any other model is itself.

    Args:
        model: Which a function was given that segments, measures or exports.
    """
    if isinstance(model, AroundSOLOv2):
        return cast(ModelT, model.inner)
    return model
