"""What a person holds after segmentation: masks in the image's own pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras_solo._printable import printable
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.coco_entries import CocoResult, write_result
from keras_solo.data.instance_arrays import (
    Index,
    array_index,
    checked_floats,
    checked_ids,
    checked_image,
    checked_labels,
    checked_names,
    compacted,
)
from keras_solo.geometry.size import Size
from keras_solo.visualization import Picture, draw_instances

if TYPE_CHECKING:
    import supervision


@dataclasses.dataclass(frozen=True, eq=False, repr=False, init=False)
class Instances:
    """The instances of one image, in original pixels.

    Filter them as you would filter an array, by a boolean array, an index
    array, a slice or an integer; what comes back are `Instances` again.
    Looping over them gives `Instances` of one.

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
    """

    compact_masks: CompactMasks
    labels: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray
    class_names: tuple[str, ...] | None
    category_ids: tuple[int, ...] | None
    original_size: Size
    image: np.ndarray | None

    def __init__(
        self,
        masks: npt.ArrayLike | None = None,
        labels: npt.ArrayLike = (),
        scores: npt.ArrayLike | None = None,
        boxes: npt.ArrayLike | None = None,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        original_size: Size | None = None,
        image: npt.ArrayLike | None = None,
        compact_masks: CompactMasks | None = None,
    ) -> None:
        def store(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        compact_masks = compacted(masks, compact_masks, original_size)
        store("compact_masks", compact_masks)
        store("original_size", compact_masks.size)
        count = len(compact_masks)
        store("labels", checked_labels(labels, count))
        scores = np.ones(count) if scores is None else scores
        store("scores", checked_floats("scores", scores, (count,)))
        boxes = compact_masks.boxes if boxes is None else boxes
        store("boxes", checked_floats("boxes", boxes, (count, 4)))
        store("class_names", checked_names(class_names, self.labels))
        store("category_ids", checked_ids(category_ids, self.labels))
        store("image", checked_image(image, self.original_size))

    # === A sequence ===

    def __len__(self) -> int:
        return len(self.compact_masks)

    def __getitem__(self, index: Index) -> Instances:
        index = array_index(index, len(self))
        return dataclasses.replace(
            self,
            compact_masks=self.compact_masks[index],
            labels=self.labels[index],
            scores=self.scores[index],
            boxes=self.boxes[index],
        )

    def __iter__(self) -> Iterator[Instances]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        shown = [
            f"{printable(name, 40)} {score:.2f}"
            for name, score in zip(self.names[:5], self.scores, strict=False)
        ]
        if len(self) > 5:
            shown.append("...")
        listed = ": " + ", ".join(shown) if shown else ""
        height, width = self.original_size
        return f"Instances({len(self)}{listed}; image {height} x {width})"

    # === Facts derived from the arrays ===

    @property
    def names(self) -> list[str]:
        """One name per instance; the label itself where names are unknown."""
        if self.class_names is None:
            return [str(label) for label in self.labels]
        return [self.class_names[label] for label in self.labels]

    @property
    def masks(self) -> np.ndarray:
        """bool `(n, height, width)`: a new array each time, and a large one.

        It is not kept, and changing it does not change the instances. Ask
        once rather than in a loop; `instances[i].masks[0]` is a single one.
        """
        return self.compact_masks.to_dense()

    @property
    def areas(self) -> np.ndarray:
        """`(n,)` int64: pixels of each mask."""
        return self.compact_masks.areas

    # === Other people's formats ===

    def to_coco(
        self,
        image_id: int | str,
        category_ids: Iterable[int] | None = None,
    ) -> list[CocoResult]:
        """COCO results, ready for `json.dump` and for pycocotools.

        Args:
            image_id: The image's id in the annotation file.
            category_ids: The category id of each label. By default the
                `category_ids` of these instances.

        Returns:
            A list of dicts with `image_id`, `category_id`, `segmentation`
            (compressed RLE), `bbox` (x, y, width, height) and `score`.

        Raises:
            ValueError: If there are no category ids.

        Example:

        >>> masks = np.ones((1, 2, 3), bool)
        >>> instances = Instances(masks, labels=[0], category_ids=[17])
        >>> instances.to_coco(image_id=1)[0]["segmentation"]
        {'size': [2, 3], 'counts': '06'}
        """
        ids = self.category_ids
        if category_ids is not None:
            ids = checked_ids(category_ids, self.labels)
        if ids is None:
            raise ValueError(
                "Expected the category id of each label: pass category_ids=, "
                "such as a dataset's, or give them to the model, "
                "SOLOv2(..., category_ids=). Received: instances without ids"
            )
        return [
            write_result(image_id, ids[label], rle, box, score)
            for label, rle, box, score in zip(
                self.labels,
                self.compact_masks.to_rle(),
                self.boxes.tolist(),
                self.scores.tolist(),
                strict=True,
            )
        ]

    def to_polygons(self, tolerance: float = 0.0) -> list[list[np.ndarray]]:
        """The outlines of the masks.

        Outlines run along the edges of pixels, so that a mask of one pixel
        is a square of area 1, and pycocotools makes the same mask of it.
        Holes are filled, which polygons cannot express; `to_coco` keeps them.

        Args:
            tolerance: How far a simplified outline may be from the exact one,
                in pixels. `0` is exact.

        Returns:
            For each instance a list of float32 arrays `(points, 2)`, x and y,
            one a part. The polygon of a COCO file is
            `[part.ravel().tolist() for part in parts]`.

        Example:

        >>> masks = np.zeros((1, 3, 4), bool)
        >>> masks[0, 1, 1:3] = True
        >>> Instances(masks, labels=[0]).to_polygons()[0][0].tolist()
        [[1.0, 1.0], [1.0, 2.0], [3.0, 2.0], [3.0, 1.0]]
        """
        if tolerance < 0:
            raise ValueError(
                "Expected a tolerance of at least 0 pixels. "
                f"Received: tolerance={tolerance}"
            )
        return self.compact_masks.to_polygons(tolerance)

    def to_supervision(self) -> supervision.Detections:
        """A `supervision.Detections` with masks, names and confidences.

        Raises:
            ImportError: If the package `supervision` is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError(
                "to_supervision() needs the package supervision: "
                "pip install supervision"
            ) from error
        return supervision.Detections(
            xyxy=self.boxes,
            mask=self.masks,
            confidence=self.scores,
            class_id=self.labels.astype(np.int64),
            data={"class_name": np.array(self.names, dtype=str)},
        )

    def plot(
        self,
        image: npt.ArrayLike | None = None,
        boxes: bool = False,
        **options: Any,
    ) -> Picture:
        """Draws the instances on their image.

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
            scores=self.scores,
            boxes=self.boxes if boxes else None,
            class_names=self.class_names,
            **options,
        )
