"""A SOLOv2 as a task of KerasHub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, Self

import keras
import keras_hub

from keras_solo._tensor import Tensor
from keras_solo.adapters.keras_hub.preprocessor import (
    InstanceSegmenterPreprocessor,
)
from keras_solo.models.around_solov2 import AroundSOLOv2
from keras_solo.models.preset_names import PresetNames
from keras_solo.models.solov2 import SOLOv2

Preprocessing = InstanceSegmenterPreprocessor | None


@keras.saving.register_keras_serializable(package="keras_solo")
class InstanceSegmenter(keras_hub.models.Task, AroundSOLOv2):
    """Instance segmentation as KerasHub's tasks do it.

    `fit`, `evaluate` and `predict` take images as they are, with masks in
    their pixels, as arrays, `tf.data` or Grain; the preprocessor brings them
    to the model. `predict` gives what an `ObjectDetector` gives, and masks, in
    pixels of the canvas; `segment` gives `Instances` in pixels of the image.

    Args:
        solov2: The model, on any backbone, KerasHub's as well.
        preprocessor: An `InstanceSegmenterPreprocessor`; `"auto"` is one with
            the model's letterbox; `None` if `fit` and `predict` get canvases
            and targets that were made elsewhere, as by `dataset.batches`.
        compile: Whether to compile it, as `compile()` does.
        name: Of the task.

    The weights are those of `solov2`, which may be used by itself afterwards.
    Presets and their folders are those of `SOLOv2`, too.

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
        super().__init__(solov2, name or "instance_segmenter", compile=False)
        self.backbone = solov2.backbone  # type: ignore[misc]
        if preprocessor == "auto":
            preprocessor = InstanceSegmenterPreprocessor(solov2.preprocessor)
        # KerasHub's property, not that of the model around.
        self.preprocessor = preprocessor  # type: ignore[misc, assignment]
        if compile:
            self.compile()

    @property
    def solov2(self) -> SOLOv2:
        """The model inside."""
        return self.inner

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        *,
        preprocessor: Preprocessing | Literal["auto"] = "auto",
        **kwargs: Any,
    ) -> Self:
        """Builds a task from a preset.

        Args:
            preset: As `SOLOv2.from_preset` takes it: a name of
                `InstanceSegmenter.presets`, a folder, `"hf://user/model"`, or
                `"kaggle://owner/model/keras/variation"`.
            load_weights: Whether to load the weights.
            preprocessor: As the class takes it.
            **kwargs: Of `SOLOv2.from_preset`, as `num_classes` and `dtype`.

        Returns:
            An `InstanceSegmenter`.

        Raises:
            ValueError: As `SOLOv2.from_preset`.
        """
        solov2 = SOLOv2.from_preset(preset, load_weights, **kwargs)
        return cls(solov2, preprocessor)

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
                of batches of images and targets. Their order stays.
            y: Targets, as `InstanceSegmenterPreprocessor` takes them.
            batch_size: Images a step, of arrays; 32 by default.
            **kwargs: Of `keras.Model.fit`.

        Returns:
            The history of what was logged.
        """
        # A dataset is what Keras gets, and it warns that it shuffles none.
        kwargs = {"shuffle": False, **kwargs}
        history: keras.callbacks.History = super().fit(
            x, y, batch_size, **kwargs
        )
        return history

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
