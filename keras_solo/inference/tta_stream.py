"""A stream of images in, the instances of each out, from several views."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NoReturn

import cv2
import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.image_source import ImageSource
from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry.flipped_runs import FLIPS, Flip, flipped_runs
from keras_solo.inference.merged_views import merged_views
from keras_solo.inference.placed_model import Placeable, placed_model
from keras_solo.inference.suppression import Suppressing
from keras_solo.inference.tta import TTA
from keras_solo.models.around_solov2 import inside
from keras_solo.models.loading import loaded_ahead
from keras_solo.models.mask_dtype import MaskDtype
from keras_solo.models.segment_stream import check_iterable, segment_stream


def tta_stream(
    model: Placeable,
    images: Iterable[ImageSource],
    tta: TTA | None = None,
    batch_size: int = 8,
    *,
    on_error: Literal["raise", "skip"] = "raise",
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
) -> Iterator[tuple[int, Instances | ImageError]]:
    """Finds the instances of images, each looked at in several views.

    An image is decoded once, and its views of one scale share batches, see
    `SOLOv2.segment_stream`. Masks are mirrored back and merged as run lengths;
    how they are merged is said at `segment_tta`.

    Args:
        model: A `SOLOv2`. It is not changed; each scale is compiled once.
        images: Paths, arrays, or functions that return an array. They are
            drawn as they are needed.
        tta: Which views, `TTA()` by default.
        batch_size: Views that are predicted at once.
        on_error: What becomes of an image that cannot be read: `"raise"`, or
            `"skip"`, which yields the error.
        min_score: Instances with a lower score are left out, after merging.
        mask_dtype: `"float32"` or `"uint8"`, see `SOLOv2.segment`.

    Yields:
        `(index, Instances)` in the order of the images; with
        `on_error="skip"` also `(index, ImageError)`.

    Raises:
        ValueError: If a scale leaves nothing of the canvas, if there is
            something else among the images, or if an argument is none of the
            above.
        ImageError: If one cannot be read, with `on_error="raise"`, after what
            was found in the images before it.
    """
    tta = TTA() if tta is None else tta
    check_iterable(images)
    model = inside(model)
    flips = [FLIPS[name] for name in tta.flips]
    letterboxes = tta.letterboxes(model.preprocessor)
    loaded = loaded_ahead(images, model.preprocessor.intensity)
    streams = [
        segment_stream(
            placed_model(model, letterbox),
            _mirrored(copy, flips),
            batch_size,
            on_error=on_error,
            mask_dtype=mask_dtype,
        )
        for letterbox, copy in zip(
            letterboxes, itertools.tee(loaded, len(letterboxes)), strict=True
        )
    ]
    return _merged(streams, flips, model.decoder, min_score)


# === There ===


def _mirrored(
    images: Iterable[np.ndarray | ImageError], flips: Sequence[Flip]
) -> Iterator[Callable[[], np.ndarray]]:
    """Each image in each flip, made when its turn has come."""
    for image in images:
        for flip in flips:
            if isinstance(image, ImageError):
                yield functools.partial(_raise, image)
            else:
                yield functools.partial(flipped_image, image, flip)


def _raise(error: ImageError) -> NoReturn:
    raise error


def flipped_image(image: np.ndarray, flip: Flip) -> np.ndarray:
    """A mirrored image, `(height, width, 3)`; the same where nothing flips."""
    if not any(flip):
        return image
    code = -1 if all(flip) else int(flip.horizontal)
    return np.asarray(cv2.flip(image, code))


# === And back ===


def _merged(
    streams: Sequence[Iterator[tuple[int, Instances | ImageError]]],
    flips: Sequence[Flip],
    decoder: Suppressing,
    min_score: float,
) -> Iterator[tuple[int, Instances | ImageError]]:
    of_images = zip(
        *(_by_image(one, len(flips)) for one in streams), strict=True
    )
    for index, of_scales in enumerate(of_images):
        found, views = list(itertools.chain(*of_scales)), []
        for one, flip in zip(found, itertools.cycle(flips), strict=False):
            if isinstance(one, ImageError):
                yield index, one
                break
            views.append(flipped_instances(one, flip))
        else:
            merged = merged_views(views, decoder)
            yield index, merged[merged.scores >= min_score]


def _by_image(
    stream: Iterator[tuple[int, Instances | ImageError]], count: int
) -> Iterator[list[Instances | ImageError]]:
    """What was found in the views of each image."""
    found = (one for _, one in stream)
    while views := list(itertools.islice(found, count)):
        yield views


def flipped_instances(instances: Instances, flip: Flip) -> Instances:
    """Mirrored instances, and the image that they are of."""
    if not any(flip):
        return instances
    size, image = instances.original_size, instances.image
    runs = (
        flipped_runs(one, size, flip) for one in instances.compact_masks.runs
    )
    masks = CompactMasks(tuple(runs), size)
    return dataclasses.replace(
        instances,
        compact_masks=masks,
        boxes=masks.boxes,
        image=None if image is None else flipped_image(image, flip),
    )
