"""What a person holds after segmentation: masks in the image's own pixels."""

from __future__ import annotations

import dataclasses
import math
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self, overload

import numpy as np
import numpy.typing as npt

from keras_solo.data.cutouts import cutouts
from keras_solo.data.instance_arrays import checked_image
from keras_solo.data.instance_formats import InstanceFormats
from keras_solo.data.interchange.fields import object_fields
from keras_solo.data.interchange.label_map import (
    label_map,
    label_map_fields,
    read_ids,
    write_ids,
)
from keras_solo.data.outlines import Part
from keras_solo.data.records import Record
from keras_solo.visualization import Picture, draw_instances


@dataclasses.dataclass(frozen=True, eq=False, repr=False, init=False)
class Instances(InstanceFormats):
    """The instances of one image, in original pixels.

    Filter them as you would filter an array, by a boolean array, an index
    array, a slice or an integer, or by the names of classes, `["dog"]` or
    `[["cat", "dog"]]`; what comes back are `Instances` again. Looping over
    them gives `Instances` of one.

    Masks are kept as run lengths, `CompactMasks`: about 1 MB for 100 masks in
    12 megapixels. All that is done here works on these but `masks` and
    `to_supervision`, which make dense arrays.

    Args:
        masks: `(n, height, width)` bool (or 0/1 integers).
        labels: `(n,)` integers, 0-based classes.
        scores: `(n,)` confidences, 0 to 1. Ones by default, as annotations
            have.
        boxes: `(n, 4)` xyxy in pixels, x2 and y2 exclusive. By default the
            tight boxes of the masks; zeros for an empty mask.
        class_names: Names of all classes, label by label, or None.
        category_ids: The COCO category id of each label, or None.
        original_size: (height, width) in pixels. Needed only where `masks` does
            not tell it: for no instances, as an empty list.
        image: `(height, width, 3)` uint8 RGB, the image that `plot` draws on,
            or None.
        compact_masks: `CompactMasks`, instead of `masks`. Where both are
            given, as in `dataclasses.replace(instances, masks=...)`, `masks`
            counts.
        track_ids: `(n,)` integers, the number of the object of a video that
            each is, -1 where that is not known; or None.

    Raises:
        ValueError: If shapes or types do not fit one another.

    Example:

    >>> masks = np.zeros((2, 4, 6), bool)
    >>> masks[0, 1:3, 2:5] = True
    >>> masks[1, 0, 0] = True
    >>> instances = Instances(
    ...     masks, labels=[1, 0], scores=[0.9, 0.3], class_names=["cat", "dog"]
    ... )
    >>> instances
    Instances(2: dog 0.90, cat 0.30; image 4 x 6)
    >>> instances = instances[instances.scores > 0.5]
    >>> instances.names, instances.boxes.tolist()
    (['dog'], [[2.0, 1.0, 5.0, 3.0]])
    >>> instances["dog"].centers.tolist(), len(instances["cat"])
    ([[3.5, 2.0]], 0)
    """

    # === Annotations ===

    @classmethod
    def from_record(
        cls,
        record: Record,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        image: npt.ArrayLike | None = None,
        load_image: bool = False,
        crowds: bool = False,
    ) -> Self:
        """The annotated objects of an image, to draw and compare as if found.

        Boxes are the tight ones of the masks, as those of a model, and scores
        are 1.

        Args:
            record: An image of a dataset, `dataset[0]`.
            class_names: Names of all classes, `dataset.class_names`.
            category_ids: The category id of each label.
            image: `(height, width, 3)` RGB. By default the record's, if it is
                in memory.
            load_image: Whether to read the record's file.
            crowds: Whether regions of many objects are instances, too.

        Raises:
            ImageError: If the file cannot be read.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> dataset = ShapesDataset(1)
        >>> truth = Instances.from_record(dataset[0], dataset.class_names)
        >>> len(truth) == len(dataset[0].instances)
        True
        """
        objects = record.objects if crowds else record.instances
        if image is None:
            image = record.load_image() if load_image else record.image
        return cls(
            **object_fields(objects, record.original_size),
            class_names=class_names,
            category_ids=category_ids,
            image=image,
        )

    # === Parts of pictures ===

    @overload
    def to_polygons(
        self, tolerance: float = 0.0, holes: Literal[False] = False
    ) -> list[list[np.ndarray]]: ...

    @overload
    def to_polygons(
        self, tolerance: float = 0.0, *, holes: Literal[True]
    ) -> list[list[Part]]: ...

    def to_polygons(
        self, tolerance: float = 0.0, holes: bool = False
    ) -> list[list[np.ndarray]] | list[list[Part]]:
        """The outlines of the masks.

        Outlines run along the edges of pixels, so that a mask of one pixel
        is a square of area 1, and pycocotools makes the same mask of it.

        Args:
            tolerance: How far a simplified outline may be from the exact one,
                in pixels. `0` is exact.
            holes: Whether holes are kept, as geographic tools have them. By
                default they are filled, which polygons of COCO cannot
                express; `to_coco` keeps them.

        Returns:
            For each instance a list of float32 arrays `(points, 2)`, x and y,
            one a part. The polygon of a COCO file is
            `[part.ravel().tolist() for part in parts]`.

            With holes, a list of `(outer, holes)` instead, named tuples of
            such an array and a list of them: `shapely.Polygon(*part)`. Pixels
            that touch at a corner alone are in different parts, and each is a
            valid polygon: where rings would cross or touch at the tolerance,
            the part is simplified less. No part and no hole is lost.

        Example:

        >>> masks = np.ones((1, 3, 3), bool)
        >>> masks[0, 1, 1] = False
        >>> instances = Instances(masks, labels=[0])
        >>> instances.to_polygons()[0][0].tolist()
        [[0.0, 0.0], [0.0, 3.0], [3.0, 3.0], [3.0, 0.0]]
        >>> [[part]] = instances.to_polygons(holes=True)
        >>> len(part.holes)
        1
        """
        if not 0 <= tolerance < math.inf:
            raise ValueError(
                "Expected a tolerance of at least 0 pixels. "
                f"Received: tolerance={tolerance}"
            )
        if holes:
            return self.compact_masks.to_parts(tolerance)
        return self.compact_masks.to_polygons(tolerance)

    def to_label_map(self) -> np.ndarray:
        """One image of ids: 1 for the first instance, 2 for the second, ...

        Where masks overlap, the instance of the higher score is on top, of
        equal scores the first. One that is covered altogether has no pixel,
        and no other has its id.

        Returns:
            uint16 `(height, width)`, 0 where there is no instance; uint32 for
            more than 65,535 instances.

        Example:

        >>> masks = np.ones((2, 1, 3), bool)
        >>> masks[1, 0, 2] = False
        >>> Instances(masks, [0, 0], scores=[0.5, 0.9]).to_label_map().tolist()
        [[2, 2, 1]]
        """
        return label_map(self.compact_masks, self.scores)

    def save_label_map(self, path: str | os.PathLike[str]) -> None:
        """Writes `to_label_map` as a PNG or TIFF of 16 bits.

        Args:
            path: The file; it ends in `.png`, `.tif` or `.tiff`.

        Raises:
            ValueError: If it ends otherwise, or if there are more than 65,535
                instances.
            OSError: If it cannot be written.
        """
        write_ids(pathlib.Path(path), self.to_label_map())

    @classmethod
    def from_label_map(
        cls,
        ids: npt.ArrayLike | str | os.PathLike[str],
        labels: Sequence[int] | np.ndarray | None = None,
        scores: Sequence[float] | np.ndarray | None = None,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        image: npt.ArrayLike | None = None,
    ) -> Self:
        """An instance for each id in an image of ids, in their order.

        Args:
            ids: `(height, width)` integers, 0 where there is no instance; or
                the path of a PNG or TIFF of 8 or 16 bits. In one of colours,
                or with a palette, each colour is an id.
            labels: The label of the ids 1, 2, 3, ..., those that have no
                pixel included; all 0 by default.
            scores: The score of the same ids; all 1 by default.
            class_names: Names of all classes, or None.
            category_ids: The category id of each label, or None.
            image: The image that `plot` draws on, or None.

        Raises:
            ValueError: If it is no such array, or has more ids than labels.
            ImageError: If the file is no such image.

        Example:

        >>> Instances.from_label_map([[0, 1, 1], [0, 3, 3]], labels=[0, 0, 2])
        Instances(2: 0 1.00, 2 1.00; image 2 x 3)
        """
        if isinstance(ids, str | os.PathLike):
            ids = read_ids(pathlib.Path(ids))
        return cls(
            **label_map_fields(ids, labels, scores),
            class_names=class_names,
            category_ids=category_ids,
            image=image,
        )

    def crops(
        self,
        image: npt.ArrayLike | None = None,
        margin: int = 0,
        masked: bool = False,
    ) -> list[np.ndarray]:
        """The picture of each instance: the image in the box of its mask.

        Args:
            image: `(height, width, 3)` uint8 RGB. By default the image that
                was segmented.
            margin: Pixels more on each side, as far as the image goes.
            masked: Whether the mask is the opacity of the picture. What is
                around it stays in the colours, and nobody sees it.

        Returns:
            New uint8 arrays `(h, w, 3)` RGB, or `(h, w, 4)` RGBA where they
            are masked; `(0, 0, 3 or 4)` for an empty mask.

        Raises:
            ValueError: If there is no image, or one of another size.
        """
        given = self.image
        if image is not None:
            given = checked_image(image, self.original_size)
        if given is None:
            raise ValueError(
                "Expected crops(image): these instances were given without "
                "theirs. Received: image=None"
            )
        if margin < 0:
            raise ValueError(
                f"Expected a margin of at least 0 pixels. Received: {margin}"
            )
        return cutouts(given, self.compact_masks, margin, masked)

    def plot(
        self,
        image: npt.ArrayLike | None = None,
        boxes: bool = False,
        **options: Any,
    ) -> Picture:
        """Draws the instances on their image.

        Scores are written beside the names, unless all are 1, as those of
        annotations. A track's number is written too, "dog #3", and its
        colour is the same in every frame.

        Args:
            image: `(height, width, 3)` RGB, 0 to 255. By default the image
                that was segmented, or black where it was not kept.
            boxes: Whether boxes are drawn too.
            **options: Further arguments of
                `keras_solo.visualization.draw_instances`, such as `opacity`.

        Returns:
            A `keras_solo.visualization.Picture`, which has
            `.save("name.png")` and shows itself in a notebook.
        """
        if image is None:
            image = self.image
        if image is None:
            image = np.zeros((*self.original_size, 3), np.uint8)
        return draw_instances(
            image,
            self.compact_masks,
            self.labels,
            scores=None if (self.scores == 1).all() else self.scores,
            boxes=self.boxes if boxes else None,
            class_names=self.class_names,
            track_ids=self.track_ids,
            **options,
        )
