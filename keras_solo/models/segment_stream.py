"""A stream of images of any size in, instances in their own pixels out."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import numpy as np
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.image_source import ImageSource
from keras_solo.data.images import BY_TYPE, ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.loading import loaded_ahead
from keras_solo.models.mask_dtype import (
    MaskDtype,
    checked_mask_dtype,
    threshold_among,
)

MAX_MEGAPIXELS = 24.0


class Decoder(Protocol):
    """What a stream asks of a decoder."""

    @property
    def mask_threshold(self) -> float: ...


class Segmenting(Protocol):
    """What a stream asks of a model."""

    preprocessor: Letterbox
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    compiled_predictions: dict[MaskDtype, CompiledPrediction]

    @property
    def decoder(self) -> Decoder: ...


def segment_stream(
    model: Segmenting,
    images: Iterable[ImageSource],
    batch_size: int = 8,
    *,
    ordered: bool = True,
    max_megapixels: float = MAX_MEGAPIXELS,
    on_error: Literal["raise", "skip"] = "raise",
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
) -> Iterator[tuple[int, Instances | ImageError]]:
    """Finds the instances of a stream of images, see `SOLOv2.segment_stream`.

    Args:
        model: A `SOLOv2`.
        images: Paths, arrays or functions.
        batch_size: Images that are predicted at once.
        ordered: Whether results come in the order of the images.
        max_megapixels: Bound on what waits.
        on_error: `"raise"` or `"skip"`.
        min_score: Instances with a lower score are left out.
        mask_dtype: `"float32"` or `"uint8"`.

    Yields:
        `(index, Instances)`, or `(index, ImageError)`.
    """
    check_iterable(images)
    if batch_size < 1:
        raise ValueError(
            "Expected a batch_size of at least 1. "
            f"Received: batch_size={batch_size}"
        )
    if on_error not in ("raise", "skip"):
        raise ValueError(
            'Expected on_error to be "raise" or "skip". '
            f"Received: on_error={on_error!r}"
        )
    checked_mask_dtype(mask_dtype)
    stream = _Stream(
        model, batch_size, ordered, max_megapixels, min_score, mask_dtype
    )
    return stream.results(images, on_error == "skip")


def check_iterable(images: object) -> None:
    """Raises a `ValueError` for one image, and for what is none at all."""
    if isinstance(images, str | os.PathLike | np.ndarray) or not isinstance(
        images, Iterable
    ):
        raise ValueError(
            "Expected an iterable of images: paths, arrays (height, width, "
            f"3), or functions. Received: {images!r:.200}"
        )


@dataclasses.dataclass
class _Found:
    """What was found in an image: masks still on the grid, to save memory."""

    image: np.ndarray
    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    @property
    def pixels(self) -> float:
        """Its memory, in pixels of three bytes."""
        return (self.image.nbytes + self.masks.nbytes) / 3


class _Stream:
    """Images wait in groups of one canvas, what was found for its turn."""

    def __init__(
        self,
        model: Segmenting,
        batch_size: int,
        ordered: bool,
        max_megapixels: float,
        min_score: float,
        mask_dtype: MaskDtype,
    ) -> None:
        self.model = model
        # Images are scaled as they are loaded, and placed as they are then.
        self.placing = dataclasses.replace(
            model.preprocessor, intensity=BY_TYPE
        )
        self.prediction = model.compiled_predictions[mask_dtype]
        self.batch_size = batch_size
        self.ordered = ordered
        self.max_pixels = max_megapixels * 1e6
        self.min_score = min_score
        self.groups: dict[Size, list[tuple[int, np.ndarray]]] = {}
        self.finished: dict[int, _Found | ImageError] = {}
        self.turn = 0
        self.count = 0

    def results(
        self, images: Iterable[ImageSource], skip: bool
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        for index, image in enumerate(
            loaded_ahead(images, self.model.preprocessor.intensity)
        ):
            self.count = index + 1
            if isinstance(image, ImageError):
                if not skip:
                    yield from self._rest()
                    raise image
                self.finished[index] = image
            else:
                self._add(index, image)
            del image
            yield from self._ready()
            while self._too_much_waits():
                self._predict_in_haste()
                yield from self._ready()
        yield from self._rest()

    def _rest(self) -> Iterator[tuple[int, Instances | ImageError]]:
        """All that waits when no more images come."""
        while self.groups:
            self._predict_all(self._oldest(), min(self.batch_size, self.count))
            yield from self._ready()

    def _predict_all(self, canvas: Size, size: int) -> None:
        """A group, padded to a batch that is compiled, or else to a size."""
        count = len(self.groups[canvas])
        size = self.prediction.batch_size(count, (*canvas, 3), default=size)
        self._predict(canvas, count, size)

    def _predict_in_haste(self) -> None:
        """A part of the oldest group: a power of two, without padding."""
        canvas = self._oldest()
        count = 1 << (len(self.groups[canvas]).bit_length() - 1)
        self._predict(canvas, count, count)

    def _oldest(self) -> Size:
        """The canvas of the group whose first image came first."""
        return min(self.groups, key=lambda canvas: self.groups[canvas][0][0])

    def _add(self, index: int, image: np.ndarray) -> None:
        height, width, _ = image.shape
        canvas = self.model.preprocessor.canvas_size((height, width))
        group = self.groups.setdefault(canvas, [])
        group.append((index, image))
        if len(group) == self.batch_size:
            self._predict_all(canvas, self.batch_size)

    def _too_much_waits(self) -> bool:
        if not self.groups:
            return False
        pixels = sum(
            image.nbytes / 3
            for group in self.groups.values()
            for _, image in group
        )
        pixels += sum(
            found.pixels
            for found in self.finished.values()
            if isinstance(found, _Found)
        )
        return pixels > self.max_pixels

    def _ready(self) -> Iterator[tuple[int, Instances | ImageError]]:
        """What need not wait any longer."""
        while self.finished:
            index = self.turn if self.ordered else next(iter(self.finished))
            if index not in self.finished:
                return
            self.turn += 1
            found = self.finished.pop(index)
            if isinstance(found, _Found):
                yield index, self._instances(found)
            else:
                yield index, found

    # === A batch ===

    def _predict(self, canvas: Size, count: int, size: int) -> None:
        """Predicts the first images of a group, padded to a batch of a size."""
        group = self.groups.pop(canvas)
        if group[count:]:
            self.groups[canvas] = group[count:]
        group = group[:count]
        canvases = np.zeros((size, *canvas, 3), np.float32)
        for place, (_, image) in enumerate(group):
            canvases[place] = self.placing.to_canvas(image)
        outputs = filled_slots(self.prediction(canvases))
        for place, (index, image) in enumerate(group):
            one = {name: value[place] for name, value in outputs.items()}
            self.finished[index] = self._found(image, one)

    def _found(
        self, image: np.ndarray, outputs: dict[str, np.ndarray]
    ) -> _Found:
        scores = outputs["confidence"][: int(outputs["num_detections"])]
        # Copies: a view would keep the whole batch.
        kept = np.flatnonzero(scores >= self.min_score)
        return _Found(
            image=image,
            masks=outputs["masks"][kept],
            labels=outputs["labels"][kept],
            scores=scores[kept],
        )

    def _instances(self, found: _Found) -> Instances:
        height, width, _ = found.image.shape
        model = self.model
        threshold = threshold_among(found.masks, model.decoder.mask_threshold)
        runs = model.preprocessor.mask_runs_to_original(
            found.masks, (height, width), threshold
        )
        return Instances(
            compact_masks=CompactMasks(tuple(runs), (height, width)),
            labels=found.labels,
            scores=found.scores,
            class_names=model.class_names,
            category_ids=model.category_ids,
            image=found.image,
        )


def filled_slots(found: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """Fetches the front slots of a batch, as many as its fullest image fills.

    Rounded up to a power of two: cutting a tensor is compiled, too.

    Args:
        found: What an `InstanceDecoder` returns.
    """
    counts = ops.convert_to_numpy(found["num_detections"])
    count = 1 << (int(counts.max(initial=1)) - 1).bit_length()
    slots = {
        name: ops.convert_to_numpy(values[:, :count])
        for name, values in found.items()
        if len(values.shape) > 1
    }
    return {**slots, "num_detections": counts}
