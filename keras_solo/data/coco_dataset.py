"""A dataset out of a COCO file."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable

from keras_solo.data.check import OnError
from keras_solo.data.file_dataset import FileDataset
from keras_solo.data.formats import coco
from keras_solo.data.images import MAX_PIXELS


class CocoDataset(FileDataset):
    """Images and instance annotations in the format of COCO.

    Everything is checked when the dataset is made, so that training does not
    stop at night: numbers that are NaN or infinite, unknown categories and
    images, missing or impossible segmentations, empty boxes and areas,
    objects outside their image, missing files. Objects that are partly
    outside are clipped. Images without objects are kept: a model learns from
    them what is background.

    Args:
        annotations: The JSON file.
        images: The folder that the file names in it start from; or None where
            there are no images, which is enough to compare results with.
        class_names: The classes to keep, in the order of their labels, for a
            validation file whose categories differ from the training file's
            (`class_names=train.class_names`). Annotations of other categories
            are left out. By default all categories, in the order of their
            ids.
        on_error: `"raise"` stops at the first error. `"skip"` leaves out
            the annotations and images that are wrong, warns once, and keeps
            what was wrong with each in `skipped`. The reference's loader
            leaves out empty boxes and areas silently.
        check_images: Whether to decode each image file once to see that it
            is complete and of the annotated size, which takes as long as
            reading the dataset once. By default only with `"skip"`. That the
            files exist is always checked.
        exif_orientation: Whether to turn each image as its EXIF tag says, for
            photos of phones that were annotated as a person sees them. COCO's
            annotations refer to the pixels as they are stored. Where only the
            other way agrees with the annotated size, the error says so; of a
            square photo nobody can know.
        max_pixels: Images that are larger, by the annotations or by the
            file's header, are wrong.

    Raises:
        AnnotationError: Names the file, the annotation and what is wrong.

    Example:

    >>> import tempfile
    >>> from keras_solo.data import ShapesDataset
    >>> folder = tempfile.mkdtemp()
    >>> _ = ShapesDataset(num_images=3).write(folder)
    >>> dataset = CocoDataset(f"{folder}/annotations.json", f"{folder}/images")
    >>> len(dataset), dataset.class_names
    (3, ('circle', 'rectangle', 'triangle'))
    >>> dataset[0].load_image().shape
    (128, 128, 3)
    """

    def __init__(
        self,
        annotations: str | os.PathLike[str],
        images: str | os.PathLike[str] | None,
        class_names: Iterable[str] | None = None,
        on_error: OnError = "raise",
        check_images: bool | None = None,
        exif_orientation: bool = False,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        if images is None and check_images is None:
            check_images = False
        self.images: pathlib.Path | None = (
            None if images is None else pathlib.Path(images)
        )
        super().__init__(
            pathlib.Path(annotations),
            lambda report: coco.read(
                annotations,
                images,
                class_names,
                report,
                exif_orientation,
                max_pixels,
            ),
            on_error,
            check_images,
        )
