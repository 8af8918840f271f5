"""A letterbox as a preprocessor of KerasHub."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import keras_hub
import numpy as np

from keras_solo._backend.tf_data import is_symbolic, made_by
from keras_solo._tensor import Shape, Tensor
from keras_solo.adapters.tf_data import TARGETS
from keras_solo.data.array_targets import (
    canvases_of,
    check_objects,
    targets_of,
)
from keras_solo.data.samples import MASK_TARGETS, empty_targets
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size
from keras_solo.models.solov2 import SOLOv2


@keras.saving.register_keras_serializable(package="keras_solo")
class InstanceSegmenterPreprocessor(keras_hub.models.Preprocessor):
    """Images to canvases, and masks of objects to training targets.

    It is called as each preprocessor of KerasHub is: on a batch or on one
    image, in `tf.data`, in Grain or by itself. The work is done by the same
    functions as that of `dataset.batches` and `SOLOv2.segment`, in NumPy.

    Args:
        letterbox: `geometry.Letterbox`, or its config. Images for predictions
            get the canvas that it gives them, images with targets its largest
            one, so that all batches of a training have one shape.
        mask_targets: `"binary"`, `"soft"` or `"reference"`, as in
            `dataset.batches`.
        num_classes: How many classes labels may be of, if it is known.
        **kwargs: Of `keras_hub.models.Preprocessor`.

    Call arguments:
        x: Images `(B, height, width, 3)` or `(height, width, 3)` of one size,
            RGB, 0 to 255, or uint16.
        y: By choice, a dict of `masks` `(B, N, height, width)` in the pixels
            of the images, nonzero inside, and `labels` `(B, N)`, -1 for a
            slot without an object.
        sample_weight: Passed through.

    Returns:
        Canvases `(B, H, W, 3)`, float32; or with `y` uint8 canvases and a
        dict of targets for `fit`.

    Raises:
        ValueError: If shapes or names are others, images reach from 0 to 1 or
            beyond 255, or a label is of no class.

    Example:

    ```python
    preprocessor = InstanceSegmenterPreprocessor(Letterbox((512, 512)))
    canvases = preprocessor(images)
    canvases, targets = preprocessor(images, {"masks": masks, "labels": labels})
    ```
    """

    def __init__(
        self,
        letterbox: Letterbox | dict[str, object],
        mask_targets: str = "binary",
        num_classes: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(letterbox, dict):
            letterbox = Letterbox.from_config(letterbox)
        if not isinstance(letterbox, Letterbox):
            raise ValueError(
                "Expected a keras_solo.Letterbox, or its config. "
                f"Received: {letterbox!r:.200}"
            )
        if mask_targets not in MASK_TARGETS:
            raise ValueError(
                f"Expected mask_targets to be one of {MASK_TARGETS}. "
                f"Received: {mask_targets!r}"
            )
        self.letterbox, self.mask_targets = letterbox, mask_targets
        self.num_classes = num_classes

    @classmethod
    def from_preset(cls, preset: str | os.PathLike[str], **kwargs: Any) -> Self:
        """The preprocessor of a preset.

        Args:
            preset: As `SOLOv2.from_preset` takes it.
            **kwargs: Of the class, but `letterbox`.

        Returns:
            A preprocessor with the letterbox of that model.
        """
        solov2 = SOLOv2.from_preset(preset, load_weights=False)
        kwargs = {"num_classes": solov2.num_classes, **kwargs}
        return cls(solov2.preprocessor, **kwargs)

    @property
    def image_size(self) -> Size:
        """(height, width) of the canvas."""
        return self.letterbox.image_size

    @image_size.setter
    def image_size(self, value: Size) -> None:
        raise ValueError(
            "The canvas is the model's, whose levels follow it: "
            "InstanceSegmenter.from_preset(preset, preprocessor=Letterbox("
            f"{value!r}))"
        )

    def call(
        self,
        x: Tensor,
        y: Mapping[str, Tensor] | None = None,
        sample_weight: Tensor = None,
    ) -> Tensor:
        single = len(x.shape) == 3
        if y is None:
            x = self._canvases(_one_more(x) if single else x)
            return x[0] if single else x
        given = [x, *_masks_and_labels(y)]
        x, *targets = self._with_targets(
            [_one_more(array) for array in given] if single else given
        )
        y = dict(zip(TARGETS, targets, strict=True))
        if single:
            x, y = x[0], {name: array[0] for name, array in y.items()}
        return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)

    def check(self, x: Tensor, y: Mapping[str, Tensor] | None = None) -> None:
        """Raises if a call with these arrays would.

        Args:
            x: A batch of images, of which the first is looked at.
            y: All of its targets, or none.

        Raises:
            ValueError: As the call.
        """
        canvases_of(self.letterbox, _as_array(x[:1]))
        if y is not None:
            masks, labels = map(_as_array, _masks_and_labels(y))
            check_objects(x, masks, labels, self.num_classes)

    def _canvases(self, images: Tensor) -> Tensor:
        if not is_symbolic(images):
            return canvases_of(self.letterbox, _as_array(images))
        fixed = self.letterbox.canvas == "fixed"
        sides = self._sides() if fixed else (None, None)
        made = made_by(
            lambda array: [canvases_of(self.letterbox, array)],
            [images],
            [((images.shape[0], *sides, 3), np.dtype("float32"))],
        )
        return made[0]

    def _with_targets(self, given: Sequence[Tensor]) -> Sequence[Tensor]:
        if not is_symbolic(given[0]):
            return self._made(*(_as_array(array) for array in given))
        return made_by(self._made, given, self._signature(given))

    def _made(
        self, images: np.ndarray, masks: np.ndarray, labels: np.ndarray
    ) -> list[np.ndarray]:
        canvases, targets = targets_of(
            self.letterbox,
            images,
            masks,
            labels,
            self.mask_targets,
            self.num_classes,
        )
        return [canvases, *(targets[name] for name in TARGETS)]

    def _signature(
        self, given: Sequence[Tensor]
    ) -> list[tuple[Shape, np.dtype]]:
        """Shape and type of each array of `_made`."""
        batch, slots = given[1].shape[:2]
        some = None if slots is None else max(1, slots)
        sides, stride = self._sides(), self.letterbox.mask_stride
        empty = empty_targets(0, some or 1, sides, self.mask_targets, stride)
        return [((batch, *sides, 3), np.dtype("uint8"))] + [
            ((batch, some, *empty[name].shape[2:]), empty[name].dtype)
            for name in TARGETS
        ]

    def _sides(self) -> Size:
        return self.letterbox.largest_canvas

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "letterbox": self.letterbox.get_config(),
            "mask_targets": self.mask_targets,
            "num_classes": self.num_classes,
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Self:
        return cls(**config)  # type: ignore[arg-type]


def _masks_and_labels(y: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    if not isinstance(y, Mapping) or not {"masks", "labels"} <= set(y):
        found = sorted(y) if isinstance(y, Mapping) else type(y).__name__
        raise ValueError(
            'Expected y={"masks": (B, N, height, width), "labels": (B, N)}. '
            f"Received: {found}"
        )
    return y["masks"], y["labels"]


def _one_more(array: Tensor) -> Tensor:
    """With a batch axis."""
    return array[None]


def _as_array(tensor: Tensor) -> np.ndarray:
    if keras.ops.is_tensor(tensor):
        return keras.ops.convert_to_numpy(tensor)
    return np.asarray(tensor)
