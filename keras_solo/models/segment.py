"""One image or a list of them in, their instances out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from keras_solo.data.image_source import ImageSource, OneImage
from keras_solo.data.instances import Instances
from keras_solo.models.mask_dtype import MaskDtype


class Streaming(Protocol):
    """What is asked of a model here."""

    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        mask_dtype: MaskDtype = ...,
    ) -> Iterator[tuple[int, Instances]]: ...


def segment(
    model: Streaming,
    images: OneImage | Sequence[ImageSource],
    batch_size: int = 8,
    *,
    mask_dtype: MaskDtype = "float32",
) -> Instances | list[Instances]:
    """Finds the instances of one image or several, see `SOLOv2.segment`."""
    if isinstance(images, list | tuple):
        found = dict(
            model.segment_stream(
                images,
                min(batch_size, max(len(images), 1)),
                ordered=False,
                mask_dtype=mask_dtype,
            )
        )
        return [found[index] for index in range(len(images))]
    if isinstance(images, np.ndarray) and images.ndim == 4:
        raise ValueError(
            "Expected one image (height, width, 3), or a list of images: "
            "pass list(images). "
            f"Received: an array of shape {images.shape}"
        )
    if not isinstance(images, str | os.PathLike | np.ndarray):
        raise ValueError(
            "Expected a path, an array (height, width, 3), or a list of "
            "either; segment_stream takes any iterable. "
            f"Received: {images!r:.200}"
        )
    ((_, instances),) = model.segment_stream(
        [images], min(batch_size, 1), mask_dtype=mask_dtype
    )
    return instances
