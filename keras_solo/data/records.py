"""What every annotation format becomes: images and their objects."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Protocol, Self

import numpy as np

from keras_solo._printable import counted
from keras_solo.data.images import (
    BY_TYPE,
    MAX_PIXELS,
    ImageError,
    load_image,
    load_reduced,
)
from keras_solo.data.masks import (
    Segmentation,
    encode_mask,
    rasterize,
    rle_area,
)
from keras_solo.data.polygons import Box
from keras_solo.data.run_lengths import RunLengths, rle_box, rle_counts
from keras_solo.geometry.intensity import Intensity
from keras_solo.geometry.size import Size


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class ObjectAnnotation:
    """One annotated object, in original pixels.

    Args:
        label: Index of its class in the dataset's `class_names`.
        bbox: xyxy box, clipped to the image.
        segmentation: Polygons or run lengths, as COCO has them.
        area: Pixels, as annotated.
        is_crowd: A region of many objects: no training target, and ignored
            in evaluation.
        annotation_id: The annotation's id in its file.
    """

    label: int
    bbox: Box
    segmentation: Segmentation
    area: float
    is_crowd: bool = False
    annotation_id: int | str = 0

    @classmethod
    def from_mask(
        cls,
        mask: np.ndarray,
        label: int,
        is_crowd: bool = False,
        annotation_id: int | str = 0,
    ) -> Self:
        """An object of which there is a mask.

        Args:
            mask: `(height, width)` bool or integers, nonzero inside; of the
                whole image, in original pixels.
            label: As of the class.
            is_crowd: As of the class.
            annotation_id: As of the class.

        Returns:
            The object; its mask as run lengths, its box tight.

        Raises:
            ValueError: If the mask is not two-dimensional, or empty.

        Example:

        >>> mask = np.zeros((4, 6), bool)
        >>> mask[1:3, 2:5] = True
        >>> item = ObjectAnnotation.from_mask(mask, label=0)
        >>> item.bbox, item.area
        ((2.0, 1.0, 5.0, 3.0), 6.0)
        """
        mask = np.asarray(mask)
        if mask.ndim != 2 or not mask.any():
            raise ValueError(
                "Expected a mask (height, width) with a pixel inside; leave "
                f"objects out that have none. Received: shape {mask.shape}, "
                f"{np.count_nonzero(mask)} pixels inside"
            )
        return cls.from_rle(encode_mask(mask), label, is_crowd, annotation_id)

    @classmethod
    def from_rle(
        cls,
        rle: RunLengths,
        label: int,
        is_crowd: bool = False,
        annotation_id: int | str = 0,
    ) -> Self:
        """An object of which there is a mask as COCO's run lengths.

        Args:
            rle: `{"size": [height, width], "counts": ...}`.
            label: As of the class.
            is_crowd: As of the class.
            annotation_id: As of the class.
        """
        box = rle_box(rle_counts(rle["counts"]), rle["size"][0])
        area = float(rle_area(rle))
        return cls(label, box, rle, area, is_crowd, annotation_id)


@dataclasses.dataclass(frozen=True, eq=False, repr=False, slots=True)
class Record:
    """One image, as a file or an array, and its objects.

    Args:
        image_id: The image's id in its dataset.
        original_size: (height, width) in pixels.
        objects: The annotated objects, crowds included.
        image: uint8 RGB array, or
        image_path: the file to read it from.
        file_name: What the annotation file calls the image.
        exif_orientation: Whether the file is turned as its EXIF tag says, as
            in `load_image`. The annotations are of the turned image then.
        max_pixels: As in `load_image`.
    """

    image_id: int | str
    original_size: Size
    objects: tuple[ObjectAnnotation, ...] = ()
    image: np.ndarray | None = None
    image_path: pathlib.Path | None = None
    file_name: str = ""
    exif_orientation: bool = False
    max_pixels: int = MAX_PIXELS

    def __repr__(self) -> str:
        height, width = self.original_size
        objects = counted(len(self.objects), "object")
        return f"<Record {self.image_id}: {height} x {width}, {objects}>"

    @property
    def instances(self) -> tuple[ObjectAnnotation, ...]:
        """The objects that are no crowds: the training targets."""
        return tuple(item for item in self.objects if not item.is_crowd)

    def load_image(
        self, at_least: Size | None = None, intensity: Intensity = BY_TYPE
    ) -> np.ndarray:
        """The image, turned or not as `exif_orientation` says.

        Args:
            at_least: (height, width) in pixels that are enough: a JPEG file
                much larger is decoded at a part of its size, see
                `images.load_reduced`. By default the whole image.
            intensity: How pixels become 8 bits, see `load_image`. An array
                is scaled by percentiles, too.

        Returns:
            uint8 array `(height, width, 3)`, RGB.

        Raises:
            ImageError: If the file is missing or damaged, or its size is not
                the annotated one.
        """
        if self.image is not None:
            scaled = intensity.by_percentiles
            return intensity.to_rgb(self.image) if scaled else self.image
        if self.image_path is None:
            raise ImageError(
                f"Record {self.image_id!r} has neither an image nor a path."
            )
        options = self.exif_orientation, self.max_pixels
        if at_least is None:
            image = load_image(self.image_path, *options, intensity)
            size = (image.shape[0], image.shape[1])
        else:
            image, size = load_reduced(
                self.image_path, at_least, *options, intensity
            )
        if size != tuple(self.original_size):
            raise ImageError(
                f"{self.image_path}: the file is {size[0]} x {size[1]} pixels "
                "(height x width), its annotations say "
                f"{self.original_size[0]} x {self.original_size[1]}."
                + self._advice(self.image_path, intensity)
            )
        return image

    def _advice(self, path: pathlib.Path, intensity: Intensity) -> str:
        """Whether the other way to look at EXIF's orientation would do."""
        other = not self.exif_orientation
        image = load_image(path, other, self.max_pixels, intensity)
        if image.shape[:2] != tuple(self.original_size):
            return ""
        turned = "turned as its EXIF tag says" if other else "as it is stored"
        return f" They are of the image {turned}: exif_orientation={other}."

    def full_masks(self) -> np.ndarray:
        """Masks of the objects that are no crowds, in original pixels.

        Returns:
            uint8 array `(n, height, width)` of 0 and 1.
        """
        objects = self.instances
        masks = np.zeros((len(objects), *self.original_size), np.uint8)
        for mask, item in zip(masks, objects, strict=True):
            mask[:] = rasterize(item.segmentation, self.original_size)
        return masks


def load_scaled(
    record: Record, intensity: Intensity, at_least: Size | None = None
) -> np.ndarray:
    """The image of a record, scaled as a model wants it.

    A record of one's own need not know what is not asked for.

    Args:
        record: Whose `load_image` is called.
        intensity: Of the model's `preprocessor`.
        at_least: As in `Record.load_image`.

    Returns:
        uint8 array `(height, width, 3)`, RGB.

    Raises:
        ImageError: As `Record.load_image`.
    """
    if intensity.by_percentiles:
        return record.load_image(at_least, intensity=intensity)
    return (
        record.load_image() if at_least is None else record.load_image(at_least)
    )


class Records(Protocol):
    """What `Batches` asks of a dataset."""

    def __len__(self) -> int:
        """The number of images."""

    def __getitem__(self, index: int, /) -> Record:
        """The record of one image."""

    def __iter__(self) -> Iterator[Record]:
        """All records in their order."""

    def max_objects(self) -> int:
        """The largest number of objects, crowds left out, in one image."""
