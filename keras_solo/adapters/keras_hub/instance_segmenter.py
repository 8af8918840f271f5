"""A SOLOv2 as a task of KerasHub."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Self, TypeAlias

import keras
import keras_hub

from keras_solo._tensor import Tensor
from keras_solo.adapters.keras_hub.preprocessor import (
    InstanceSegmenterPreprocessor,
)
from keras_solo.geometry import Letterbox
from keras_solo.models.around_solov2 import AroundSOLOv2
from keras_solo.models.fit_arguments import refuse_dataset
from keras_solo.models.preset_names import PresetNames
from keras_solo.models.solov2 import SOLOv2

Preprocessing: TypeAlias = (
    InstanceSegmenterPreprocessor | Callable[[Tensor], Tensor] | None
)
# What Keras gives: a number, numbers, or a dict of them by name.
Losses: TypeAlias = float | list[float] | dict[str, float]


@keras.saving.register_keras_serializable(package="keras_solo")
class InstanceSegmenter(keras_hub.models.Task, AroundSOLOv2):
    """Instance segmentation as KerasHub's tasks do it.

    `fit`, `evaluate` and `predict` take images as they are, with masks in
    their pixels, as arrays, `tf.data` or Grain; the preprocessor brings them
    to the model. `predict` gives what an `ObjectDetector` gives, in pixels of
    the canvas, and masks on the mask grid, a quarter of it; `segment` gives
    `Instances` in pixels of the image.

    Args:
        solov2: The model, on any backbone, KerasHub's as well.
        preprocessor: An `InstanceSegmenterPreprocessor` with the model's
            letterbox, as `"auto"` is; any function of images; or `None` if
            `fit` and `predict` get canvases and targets that were made
            elsewhere, as by `dataset.batches`.
        compile: Whether to compile it, and the model inside, as `compile()`
            does.
        name: Of the task.

    The weights are those of `solov2`, which may be used by itself afterwards.
    Presets and their folders are those of `SOLOv2`, too; they hold no
    `mask_targets`. Functions and callbacks of this package take the task as
    they take its model.

    Example:

    ```python
    segmenter = InstanceSegmenter.from_preset("solov2_lite0_nuclei")
    found = segmenter.predict(images)  # (B, height, width, 3), of any size
    found["masks"], found["labels"], found["confidence"], found["boxes"]

    segmenter = InstanceSegmenter(
        keras_solo.SOLOv2(
            keras_hub.models.Backbone.from_preset(
                "resnet_50_imagenet", image_shape=(None, None, 3)
            ),
            num_classes=3,
            preprocessor=keras_solo.Letterbox((512, 512)),
        )
    )
    segmenter.fit(images, {"masks": masks, "labels": labels}, epochs=10)
    ```
    """

    preprocessor_cls = InstanceSegmenterPreprocessor
    presets = PresetNames()

    def __init__(
        self,
        solov2: SOLOv2,
        preprocessor: Preprocessing | Literal["auto"] = "auto",
        compile: bool = True,
        name: str | None = None,
    ) -> None:
        if not isinstance(solov2, SOLOv2):
            raise ValueError(
                f"Expected a keras_solo.SOLOv2. Received: {solov2!r:.200}"
            )
        super().__init__(  # type: ignore[call-arg]
            solov2, name or "instance_segmenter", compile=False
        )
        self.dtype_policy = solov2.dtype_policy  # a task has its backbone's
        if preprocessor == "auto":
            preprocessor = InstanceSegmenterPreprocessor(
                solov2.preprocessor, num_classes=solov2.num_classes
            )
        self.preprocessor = preprocessor
        if compile:
            self.compile()

    @property
    def solov2(self) -> SOLOv2:
        """The model inside."""
        return self.inner

    # A task asks both, and would have its own.
    backbone = _backbone = AroundSOLOv2.backbone

    @property  # type: ignore[override]
    def preprocessor(self) -> Preprocessing:
        """What brings images to the model. May be set, to None as well."""
        return self.__dict__.get("_preprocessor")

    @preprocessor.setter
    def preprocessor(self, preprocessor: Preprocessing) -> None:
        if (
            isinstance(preprocessor, InstanceSegmenterPreprocessor)
            and preprocessor.letterbox != self.inner.preprocessor
        ):
            raise ValueError(
                "Expected a preprocessor with the model's letterbox, which "
                f"is {self.inner.preprocessor}. Received: "
                f"{preprocessor.letterbox}. Another one goes to the model: "
                "SOLOv2(..., preprocessor=letterbox)."
            )
        # A torch module would refuse a function in the place of a layer.
        self.__dict__["_preprocessor"] = preprocessor

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        *,
        preprocessor: Preprocessing | Letterbox | Literal["auto"] = "auto",
        compile: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Builds a task from a preset.

        Args:
            preset: As `SOLOv2.from_preset` takes it: a name of
                `InstanceSegmenter.presets`, a folder, `"hf://user/model"`, or
                `"kaggle://owner/model/keras/variation"`.
            load_weights: Whether to load the weights.
            preprocessor: As the class takes it; or a `Letterbox`, which
                becomes the model's.
            compile: As the class takes it.
            name: Of the task.
            **kwargs: Of `SOLOv2.from_preset`, as `num_classes` and `dtype`.

        Returns:
            An `InstanceSegmenter`.

        Raises:
            ValueError: As `SOLOv2.from_preset`.
        """
        if isinstance(preprocessor, Letterbox):
            kwargs["preprocessor"], preprocessor = preprocessor, "auto"
        solov2 = SOLOv2.from_preset(preset, load_weights, **kwargs)
        return cls(solov2, preprocessor, compile, name)

    # === Images in ===

    def fit(  # type: ignore[override]
        self,
        x: Tensor = None,
        y: Mapping[str, Tensor] | None = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on images, or with `preprocessor=None` on canvases.

        Args:
            x: Images `(B, height, width, 3)`, or a `tf.data` or Grain dataset
                of batches of images and targets, whose order stays. Canvases
                also come in any other way that Keras knows.
            y: Targets, as `InstanceSegmenterPreprocessor` takes them.
            batch_size: Images a step, of arrays; 32 by default.
            **kwargs: Of `keras.Model.fit`.

        Returns:
            The history of what was logged.
        """
        refuse_dataset(x)
        if self.preprocessor is None:
            return AroundSOLOv2.fit(self, x, y, batch_size, **kwargs)
        self._check(x, y)
        self._check(kwargs.get("validation_data"))
        # A dataset is what Keras gets, and it warns that it shuffles none.
        kwargs = {"shuffle": False, **kwargs}
        return super().fit(x, y, batch_size, **kwargs)

    def evaluate(
        self,
        x: Tensor = None,
        y: Mapping[str, Tensor] | None = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> Losses:
        """The losses, of what `fit` takes.

        Args:
            x: As in `fit`.
            y: As in `fit`.
            batch_size: Images at once, of arrays; 32 by default.
            **kwargs: Of `keras.Model.evaluate`.
        """
        if self.preprocessor is None:
            return keras.Model.evaluate(self, x, y, batch_size, **kwargs)
        self._check(x, y)
        return super().evaluate(x, y, batch_size, **kwargs)

    def predict(
        self, x: Tensor, batch_size: int | None = None, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Finds the instances of images.

        Args:
            x: As in `fit`.
            batch_size: Images at once, of arrays; 32 by default.
            **kwargs: Of `keras.Model.predict`.

        Returns:
            A dict of padded arrays, see `InstanceDecoder`.
        """
        if self.preprocessor is None:
            return AroundSOLOv2.predict(
                self, x, batch_size=batch_size, **kwargs
            )
        self._check(x)
        return super().predict(x, batch_size=batch_size, **kwargs)

    def train_on_batch(
        self,
        x: Tensor,
        y: Tensor = None,
        sample_weight: Tensor = None,
        **kwargs: Any,
    ) -> Losses:
        """Of `keras.Model`, with the preprocessor before it."""
        prepared = self._prepared(x, y, sample_weight)
        return keras.Model.train_on_batch(self, *prepared, **kwargs)

    def test_on_batch(
        self,
        x: Tensor,
        y: Tensor = None,
        sample_weight: Tensor = None,
        **kwargs: Any,
    ) -> Losses:
        """Of `keras.Model`, with the preprocessor before it."""
        prepared = self._prepared(x, y, sample_weight)
        return keras.Model.test_on_batch(self, *prepared, **kwargs)

    def _prepared(self, *batch: Tensor) -> tuple[Tensor, ...]:
        """Canvases, targets and weights of a batch."""
        prepared = self.preprocess_samples(*batch)
        parts: tuple[Tensor, ...] = keras.utils.unpack_x_y_sample_weight(
            prepared
        )
        return parts

    def _check(self, x: Tensor, y: Tensor = None) -> None:
        """Mistakes that a pipeline of KerasHub tells less clearly."""
        if isinstance(x, keras.utils.PyDataset | Iterator):
            raise ValueError(
                "Expected images as an array, tf.data or Grain. Batches that "
                "hold canvases and targets are taken after "
                f"segmenter.preprocessor = None. Received: {x!r:.200}"
            )
        layer = self.preprocessor
        if hasattr(x, "shape") and isinstance(
            layer, InstanceSegmenterPreprocessor
        ):
            layer.check(x, y)

    # === Files ===

    def save_to_preset(
        self, preset_dir: str | os.PathLike[str], **kwargs: Any
    ) -> None:
        """Writes the folder of a preset, which `SOLOv2.from_preset` reads, too.

        Args:
            preset_dir: Where to; made if need be.
            **kwargs: Of `SOLOv2.save_to_preset`.
        """
        self.solov2.save_to_preset(preset_dir, **kwargs)

    def get_config(self) -> dict[str, object]:
        return {
            "solov2": keras.saving.serialize_keras_object(self.solov2),
            "preprocessor": keras.saving.serialize_keras_object(
                self.preprocessor
            ),
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, object],
        custom_objects: Mapping[str, object] | None = None,
    ) -> Self:
        with keras.saving.custom_object_scope(custom_objects or {}):
            parts = {
                key: keras.saving.deserialize_keras_object(config[key])
                for key in ("solov2", "preprocessor")
            }
        return cls(**{**config, **parts})  # type: ignore[arg-type]
