"""What a person holds after segmentation: masks in the image's own pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_solo.data.masks import (
    encode_mask,
    mask_areas,
    mask_boxes,
    mask_to_polygons,
)

if TYPE_CHECKING:
    from keras_solo.visualization import Picture


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Instances:
    """The instances of one image, in original pixels.

    Filter them as you would filter an array, by a boolean array, an index
    array, a slice or an integer; what comes back are `Instances` again.
    Looping over them gives `Instances` of one.

    Args:
        masks: `(n, height, width)` bool (or 0/1 integers).
        labels: `(n,)` integers, 0-based classes.
        scores: `(n,)` confidences, 0 to 1. Ones by default, as annotations
            have.
        boxes: `(n, 4)` xyxy in pixels, x2 and y2 exclusive. By default the
            tight boxes of the masks; zeros for an empty mask.
        class_names: Names of all classes, label by label, or None.
        category_ids: The COCO category id of each label, or None where labels
            are ids.
        original_size: (height, width) in pixels. Needed only where `masks` does
            not tell it: for no instances, as an empty list.
        image: `(height, width, 3)` uint8 RGB, the image that `plot` draws on,
            or None.

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

    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray = None  # type: ignore[assignment]
    boxes: np.ndarray = None  # type: ignore[assignment]
    class_names: tuple[str, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    original_size: tuple[int, int] = None  # type: ignore[assignment]
    image: np.ndarray | None = None

    def __post_init__(self) -> None:
        def store(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        store("masks", _checked_masks(self.masks, self.original_size))
        store("original_size", self.masks.shape[1:])
        count = len(self.masks)
        store("labels", _checked_labels(self.labels, count))
        scores = np.ones(count) if self.scores is None else self.scores
        store("scores", _checked_floats("scores", scores, (count,)))
        boxes = mask_boxes(self.masks) if self.boxes is None else self.boxes
        store("boxes", _checked_floats("boxes", boxes, (count, 4)))
        store("class_names", _checked_names(self.class_names, self.labels))
        store("category_ids", _checked_ids(self.category_ids, self.labels))
        store("image", _checked_image(self.image, self.original_size))

    # === A sequence ===

    def __len__(self) -> int:
        return len(self.masks)

    def __getitem__(self, index: Any) -> Instances:
        index = _checked_index(index, len(self))
        return dataclasses.replace(
            self,
            masks=self.masks[index],
            labels=self.labels[index],
            scores=self.scores[index],
            boxes=self.boxes[index],
        )

    def __iter__(self) -> Iterator[Instances]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        shown = [
            f"{name} {score:.2f}"
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
    def areas(self) -> np.ndarray:
        """`(n,)` int64: pixels of each mask."""
        return mask_areas(self.masks)

    # === Other people's formats ===

    def to_coco(
        self,
        image_id: int | str,
        category_ids: Sequence[int] | None = None,
    ) -> list[dict[str, Any]]:
        """COCO results, ready for `json.dump` and for pycocotools.

        Args:
            image_id: The image's id in the annotation file.
            category_ids: The category id of each label. By default the
                `category_ids` of these instances; without any, the labels.

        Returns:
            A list of dicts with `image_id`, `category_id`, `segmentation`
            (compressed RLE), `bbox` (x, y, width, height) and `score`.

        Example:

        >>> masks = np.ones((1, 2, 3), bool)
        >>> instances = Instances(masks, labels=[0], category_ids=[17])
        >>> instances.to_coco(image_id=1)[0]["segmentation"]
        {'size': [2, 3], 'counts': '06'}
        """
        ids = _checked_ids(
            self.category_ids if category_ids is None else category_ids,
            self.labels,
        )
        xywh = self.boxes.astype(np.float64)
        xywh[:, 2:] -= xywh[:, :2]
        return [
            {
                "image_id": image_id,
                "category_id": int(label if ids is None else ids[label]),
                "segmentation": encode_mask(mask),
                "bbox": box,
                "score": score,
            }
            for label, mask, box, score in zip(
                self.labels,
                self.masks,
                xywh.tolist(),
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
        return [mask_to_polygons(mask, tolerance) for mask in self.masks]

    def to_supervision(self) -> Any:
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
        self, image: Any = None, boxes: bool = False, **options: Any
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
        from keras_solo.visualization import draw_instances

        if image is None:
            image = self.image
        if image is None:
            image = np.zeros((*self.original_size, 3), np.uint8)
        return draw_instances(
            image,
            self.masks,
            self.labels,
            scores=self.scores,
            boxes=self.boxes if boxes else None,
            class_names=self.class_names,
            **options,
        )


# === Checks at the door ===


def _checked_masks(masks: Any, original_size: Any) -> np.ndarray:
    masks = np.asarray(masks)
    if masks.size == 0 and masks.ndim < 3 and original_size is not None:
        masks = np.zeros((0, *original_size), bool)
    if masks.ndim != 3:
        raise ValueError(
            "Expected masks of shape (n, height, width). "
            f"Received: shape {masks.shape}"
        )
    if original_size is not None and masks.shape[1:] != tuple(original_size):
        raise ValueError(
            f"Expected masks of original_size (height, width) "
            f"{tuple(original_size)}. Received: shape {masks.shape}"
        )
    if masks.dtype.kind not in "biu":
        raise ValueError(
            "Expected masks of bool or of 0 and 1; compare probabilities "
            f"with a threshold first. Received: dtype {masks.dtype}"
        )
    if masks.dtype != bool:
        masks = masks != 0
    return masks


def _checked_labels(labels: Any, count: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(
            f"Expected one label a mask, shape ({count},). "
            f"Received: shape {labels.shape}"
        )
    if count and labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected integer labels. Received: dtype {labels.dtype}"
        )
    if count and labels.min() < 0:
        raise ValueError(
            "Expected labels of at least 0; -1 marks padding, which is to "
            f"be cut off first. Received: {labels.tolist()}"
        )
    return labels.astype(np.int32)


def _checked_floats(
    name: str, values: Any, shape: tuple[int, ...]
) -> np.ndarray:
    values = np.asarray(values, np.float32)
    if values.size == 0 and shape[0] == 0:
        values = values.reshape(shape)
    if values.shape != shape:
        raise ValueError(
            f"Expected {name} of shape {shape}, one a mask. "
            f"Received: shape {values.shape}"
        )
    return values


def _checked_names(
    class_names: Sequence[str] | None, labels: np.ndarray
) -> tuple[str, ...] | None:
    if class_names is None:
        return None
    class_names = tuple(str(name) for name in class_names)
    _check_range("class_names", class_names, labels)
    return class_names


def _checked_ids(
    category_ids: Sequence[int] | None, labels: np.ndarray
) -> tuple[int, ...] | None:
    if category_ids is None:
        return None
    category_ids = tuple(int(number) for number in category_ids)
    _check_range("category_ids", category_ids, labels)
    return category_ids


def _check_range(name: str, values: Sequence[Any], labels: np.ndarray) -> None:
    if len(labels) and labels.max() >= len(values):
        raise ValueError(
            f"Expected labels below {len(values)}, the number of {name}. "
            f"Received: a label of {labels.max()}"
        )


def _checked_image(
    image: Any, original_size: tuple[int, int]
) -> np.ndarray | None:
    if image is None:
        return None
    image = np.asarray(image)
    if image.shape[:2] != original_size:
        raise ValueError(
            f"Expected an image of the masks' size {original_size}. "
            f"Received: shape {image.shape}"
        )
    return image


def _checked_index(index: Any, count: int) -> np.ndarray | slice:
    """A slice or an array that keeps the first axis."""
    if isinstance(index, slice):
        return index
    index = np.asarray(index)
    if index.size == 0 and index.dtype.kind == "f":
        index = index.astype(np.int64)
    if index.dtype == bool and index.shape != (count,):
        raise IndexError(
            f"Expected a boolean for each of the {count} instances. "
            f"Received: shape {index.shape}"
        )
    if index.dtype.kind not in "biu" or index.ndim > 1:
        raise IndexError(
            "Expected a boolean array, an index array, a slice or an "
            f"integer. Received: {index!r}"
        )
    return np.atleast_1d(index)
