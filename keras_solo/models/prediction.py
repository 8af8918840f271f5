"""How a SOLOv2 finds instances: its decoder, and images of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, overload

import keras
import numpy as np
from keras import ops

from keras_solo._backend.heap import tidied
from keras_solo._backend.kept_state import keeping_state
from keras_solo._tensor import Tensor
from keras_solo.data.image_source import ImageSource, OneImage
from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.mask_dtype import MaskDtype, as_bytes
from keras_solo.models.parts import Config, as_decoder
from keras_solo.models.segment import segment
from keras_solo.models.segment_stream import MAX_MEGAPIXELS, segment_stream


class Prediction(keras.Model):
    """A model whose predictions are decoded, and images segmented.

    Whoever inherits sets these attributes, and calls `_prepare_prediction`
    before it compiles.
    """

    levels: Levels
    preprocessor: Letterbox
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    compiled_predictions: dict[MaskDtype, CompiledPrediction]
    predict_function: Any  # of Keras, None until it is made
    _decoder: InstanceDecoder

    def _prepare_prediction(
        self, decoder: InstanceDecoder | Config | None
    ) -> None:
        self._decoder = as_decoder(decoder, self.levels)
        self.compiled_predictions = {
            "float32": CompiledPrediction(self, self._find),
            "uint8": CompiledPrediction(self, self._find_as_bytes),
        }

    def compile(self, **kwargs: Any) -> None:
        super().compile(**kwargs)
        self._forget_compiled()

    def _forget_compiled(self) -> None:
        for prediction in self.compiled_predictions.values():
            prediction.forget()

    @property
    def compiled_prediction(self) -> CompiledPrediction:
        """The one that gives masks as they are, float32."""
        return self.compiled_predictions["float32"]

    @property
    def decoder(self) -> InstanceDecoder:
        """The `InstanceDecoder`. Set another one, or its config."""
        return self._decoder

    @decoder.setter
    def decoder(self, decoder: InstanceDecoder | Config | None) -> None:
        self._decoder = as_decoder(decoder, self.levels)
        self.make_predict_function(force=True)
        self._forget_compiled()

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(getattr(type(self), name, None), property):
            # A torch module would store a layer beside the property.
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def make_predict_function(
        self, force: bool = False
    ) -> Callable[..., object]:
        super().make_predict_function(force)
        self.predict_function = tidied(
            keeping_state(self.predict_function, self)
        )
        return self.predict_function

    def predict_step(self, *args: Tensor) -> Tensor:
        outputs = super().predict_step(*args)
        if isinstance(outputs, tuple):  # (outputs, state) of a stateless step
            return self._decoder(outputs[0]), *outputs[1:]
        return self._decoder(outputs)

    def _find(self, canvases: Tensor) -> dict[str, Tensor]:
        return self._decoder(self(canvases, training=False))

    def _find_as_bytes(self, canvases: Tensor) -> dict[str, Tensor]:
        found = self._find(canvases)
        return {**found, "masks": as_bytes(found["masks"])}

    def predict_on_batch(self, x: Tensor) -> dict[str, np.ndarray]:
        """Finds the instances of one batch of canvases.

        Safe from several threads at once, which `predict` is not on JAX.

        Args:
            x: `(B, H, W, 3)` RGB, 0 to 255, H and W multiples of 32.

        Returns:
            A dict of padded arrays, see `InstanceDecoder`.

        Raises:
            ValueError: If `x` is anything else.
        """
        _check_canvases(x)
        found = self.compiled_prediction(x)
        return {name: ops.convert_to_numpy(v) for name, v in found.items()}

    def export(self, filepath: object, *args: object, **kwargs: object) -> None:
        """Not Keras's own: that writes what no one can use without us.

        Raises:
            NotImplementedError: It names the function that ends in instances.
        """
        raise NotImplementedError(
            "Model.export would write logits and kernels without a decoder. "
            f"keras_solo.export.export(model, {str(filepath)!r:.200}) writes "
            "a file that ends in instances; the bare network is "
            "keras.Model(model.inputs, model.outputs)."
        )

    # A str is a sequence of str, too, but it is one image.
    @overload
    def segment(  # type: ignore[overload-overlap]
        self,
        images: OneImage,
        batch_size: int = 8,
        *,
        mask_dtype: MaskDtype = "float32",
    ) -> Instances: ...

    @overload
    def segment(
        self,
        images: Sequence[ImageSource],
        batch_size: int = 8,
        *,
        mask_dtype: MaskDtype = "float32",
    ) -> list[Instances]: ...

    def segment(
        self,
        images: OneImage | Sequence[ImageSource],
        batch_size: int = 8,
        *,
        mask_dtype: MaskDtype = "float32",
    ) -> Instances | list[Instances]:
        """Finds the instances of images of any size.

        Images are put on their canvases, canvases of one shape are batched,
        and masks come back in the pixels of each image. A batch that is not
        full is padded, so that every canvas shape is compiled once; but where
        more than 24 megapixels wait, fewer images share a batch, see
        `segment_stream`.

        Args:
            images: A path or a `(height, width, 3)` uint8 RGB array: one
                image; or a list of these. A `preprocessor` that scales by
                percentiles takes arrays of other numbers and in grey, too.
            batch_size: Images that are predicted at once.
            mask_dtype: How mask probabilities leave the device: `"float32"`,
                or `"uint8"`, in steps of 1/255, which is a quarter of the
                memory and of what is transferred. A pixel may then fall on
                the other side of the decoder's `mask_threshold` if its
                probability is within 1/510 of it. Each is compiled once a
                canvas shape.

        Returns:
            `Instances`, or a list of them for a list of images.

        Raises:
            ValueError: If there is anything else among the images, or an
                argument is none of the above.
            ImageError: If one cannot be read.
        """
        return segment(self, images, batch_size, mask_dtype=mask_dtype)

    @overload
    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        on_error: Literal["raise"] = "raise",
        min_score: float = 0.0,
        mask_dtype: MaskDtype = "float32",
    ) -> Iterator[tuple[int, Instances]]: ...

    @overload
    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        on_error: Literal["raise", "skip"],
        min_score: float = 0.0,
        mask_dtype: MaskDtype = "float32",
    ) -> Iterator[tuple[int, Instances | ImageError]]: ...

    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        on_error: Literal["raise", "skip"] = "raise",
        min_score: float = 0.0,
        mask_dtype: MaskDtype = "float32",
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        """Finds the instances of a stream of images, in little memory.

        Images of one canvas share a batch, which is predicted when it is
        full. When no more images come, the rest goes, padded; where too much
        waits, a part of the group with the oldest image goes before it is
        full. Images are decoded ahead in a few threads.

        Args:
            images: Any iterable, a generator too, of paths, `(height, width,
                3)` uint8 RGB arrays, or functions without arguments that
                return such an array and are called in a thread. It is drawn
                as far as needed.
            batch_size: Images that are predicted at once.
            ordered: Whether results come in the order of the images, or as
                they are ready, which lets fewer of them wait.
            max_megapixels: How much may wait, in millions of pixels of three
                bytes: images, and what was found in images whose turn has not
                come. Beyond it the group of the oldest image goes at once, in
                batches of a power of two. More lets batches become fuller
                where canvases are many or images are large.
            on_error: What becomes of an image that cannot be read: `"raise"`,
                or `"skip"`, which yields the error.
            min_score: Instances with a lower score are left out.
            mask_dtype: `"float32"`, or `"uint8"` for a quarter of the memory
                of masks that wait: see `segment`.

        Yields:
            `(index, Instances)`, images counted from 0; with
            `on_error="skip"` also `(index, ImageError)`.

        Raises:
            ValueError: If there is anything else among the images, or an
                argument is none of the above.
            ImageError: If one cannot be read, with `on_error="raise"`, after
                what was found in the images before it.

        Example:

        ```python
        photos = pathlib.Path("photos").glob("*.jpg")
        for index, instances in model.segment_stream(photos, min_score=0.3):
            print(index, instances.names)
        ```
        """
        return segment_stream(
            self,
            images,
            batch_size,
            ordered=ordered,
            max_megapixels=max_megapixels,
            on_error=on_error,
            min_score=min_score,
            mask_dtype=mask_dtype,
        )


def _check_canvases(given: Tensor) -> None:
    shape = tuple(getattr(given, "shape", ()))
    if (
        len(shape) != 4
        or shape[3] != 3
        or not all(shape)
        or shape[1] % 32
        or shape[2] % 32
    ):
        raise ValueError(
            "Expected a batch of canvases (B, H, W, 3), H and W multiples of "
            "32; segment takes images of any size. Received: "
            + (f"shape {shape}" if shape else f"{given!r:.200}")
        )
