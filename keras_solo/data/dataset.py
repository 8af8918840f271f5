"""What every dataset is: records of images with their annotated objects."""

from __future__ import annotations

import abc
import dataclasses
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_solo.data.images import ImageError, load_image
from keras_solo.data.levels_report import LevelsReport, report_levels
from keras_solo.data.masks import Segmentation, is_rle, rasterize, rle_counts
from keras_solo.geometry.size import Size

if TYPE_CHECKING:
    from keras_solo.data.batches import Batches
    from keras_solo.geometry import Letterbox


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
    bbox: tuple[float, float, float, float]
    segmentation: Segmentation
    area: float
    is_crowd: bool = False
    annotation_id: int | str = 0


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Record:
    """One image, as a file or an array, and its objects.

    Args:
        image_id: The image's id in its dataset.
        original_size: (height, width) in pixels.
        objects: The annotated objects, crowds included.
        image: uint8 RGB array, or
        image_path: the file to read it from.
        file_name: What the annotation file calls the image.
    """

    image_id: int | str
    original_size: Size
    objects: tuple[ObjectAnnotation, ...] = ()
    image: np.ndarray | None = None
    image_path: pathlib.Path | None = None
    file_name: str = ""

    @property
    def instances(self) -> tuple[ObjectAnnotation, ...]:
        """The objects that are no crowds: the training targets."""
        return tuple(item for item in self.objects if not item.is_crowd)

    def load_image(self) -> np.ndarray:
        """The image as it is stored (EXIF orientation is not applied).

        Returns:
            uint8 array `(height, width, 3)`, RGB.

        Raises:
            ImageError: If the file is missing or damaged, or its size is not
                the annotated one.
        """
        if self.image is not None:
            return self.image
        if self.image_path is None:
            raise ImageError(
                f"Record {self.image_id!r} has neither an image nor a path."
            )
        image = load_image(self.image_path)
        size = (image.shape[0], image.shape[1])
        if size != tuple(self.original_size):
            raise ImageError(
                f"{self.image_path}: the file is {size[0]} x {size[1]} pixels "
                "(height x width), its annotations say "
                f"{self.original_size[0]} x {self.original_size[1]}."
            )
        return image

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


class InstanceDataset(abc.ABC):
    """A sequence of `Record` with class names.

    A dataset of your own implements `__len__` and `__getitem__`; batches for
    training, subsets, COCO ground truth and the report on levels then come
    from here.

    Args:
        class_names: The name of each label.
        category_ids: The id of each label in COCO files; 1, 2, ... by
            default.

    Example:

    >>> class Blank(InstanceDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         image = np.zeros((32, 32, 3), np.uint8)
    ...         return Record(index, (32, 32), image=image)
    >>> dataset = Blank(class_names=["cat"])
    >>> dataset.to_coco()["categories"]
    [{'id': 1, 'name': 'cat'}]
    """

    def __init__(
        self,
        class_names: Iterable[str],
        category_ids: Iterable[int] | None = None,
    ) -> None:
        self.class_names: tuple[str, ...] = tuple(class_names)
        if category_ids is None:
            category_ids = range(1, len(self.class_names) + 1)
        self.category_ids: tuple[int, ...] = tuple(category_ids)
        if len(self.category_ids) != len(self.class_names):
            raise ValueError(
                "Expected one category id for each class name. "
                f"Received: class_names={self.class_names}, "
                f"category_ids={self.category_ids}"
            )

    @abc.abstractmethod
    def __len__(self) -> int:
        """The number of images."""

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Record:
        """The record of one image."""

    def __iter__(self) -> Iterator[Record]:
        for index in range(len(self)):
            yield self[index]

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {len(self)} images, "
            f"{len(self.class_names)} classes>"
        )

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    def max_objects(self) -> int:
        """The largest number of objects, crowds left out, in one image."""
        return max((len(record.instances) for record in self), default=0)

    # === Parts of it ===

    def subset(
        self, selection: Iterable[int] | slice | Callable[[Record], bool]
    ) -> Subset:
        """Some of the images.

        Args:
            selection: Indices, a slice, a boolean array, or a function that
                takes a `Record` and says whether to keep it.

        Returns:
            A dataset with the same classes.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> shapes = ShapesDataset(num_images=8)
        >>> len(shapes.subset(range(3))), len(shapes.subset([0, -1]))
        (3, 2)
        >>> small = shapes.subset(lambda record: len(record.objects) < 3)
        """
        count = len(self)
        if callable(selection):
            chosen = [i for i in range(count) if selection(self[i])]
        elif isinstance(selection, slice):
            chosen = list(range(count)[selection])
        else:
            array = np.asarray(list(selection))
            if array.dtype == bool:
                if len(array) != count:
                    raise ValueError(
                        f"Expected {count} booleans, one for each image. "
                        f"Received: {len(array)}"
                    )
                array = np.flatnonzero(array)
            chosen = [checked_index(i, count) for i in array.tolist()]
        return Subset(self, chosen)

    # === What it is used for ===

    def batches(
        self, letterbox: Letterbox, batch_size: int, **options: Any
    ) -> Batches:
        """Batches for `fit`: see `Batches` for the options.

        Args:
            letterbox: A model's `preprocessor`, or any `Letterbox`.
            batch_size: Images per batch.
            **options: `augment`, `shuffle`, `seed`, `max_objects`,
                `mask_targets`, `workers`, ... of `Batches`.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> from keras_solo.geometry import Letterbox
        >>> shapes = ShapesDataset(num_images=8)
        >>> batches = shapes.batches(Letterbox((128, 128)), batch_size=4)
        >>> images, targets = batches[0]
        >>> images.shape, targets["masks"].shape[2:]
        ((4, 128, 128, 3), (32, 32))
        """
        from keras_solo.data.batches import Batches

        return Batches(self, letterbox, batch_size, **options)

    def suggest_levels(
        self, image_size: Size, max_images: int | None = 1000, **options: Any
    ) -> LevelsReport:
        """Which levels would answer for the objects, and where they collide.

        Args:
            image_size: (height, width) of the canvas, multiples of 32.
            max_images: Look at so many images, evenly spread; `None`: all.
            **options: `grid_sizes`, `names`, ... of `Levels.for_canvas`.

        Returns:
            A report to print; its `levels` are the suggestion.
        """
        step = 1
        if max_images is not None and len(self) > max_images:
            step = -(-len(self) // max_images)
        records = (self[index] for index in range(0, len(self), step))
        return report_levels(records, image_size, **options)

    def to_coco(self) -> dict[str, Any]:
        """COCO ground truth, crowds kept as crowds, for JSON or pycocotools.

        Annotation ids are kept where they are positive integers that differ,
        as pycocotools needs them, and are counted from 1 otherwise.
        """
        images: dict[Any, dict[str, Any]] = {}
        annotations = []
        for record in self:
            if record.image_id in images:
                continue
            images[record.image_id] = {
                "id": record.image_id,
                "file_name": record.file_name or f"{record.image_id}.png",
                "height": record.original_size[0],
                "width": record.original_size[1],
            }
            annotations += [
                _to_coco(item, record.image_id, self.category_ids)
                for item in record.objects
            ]
        _renumber(annotations)
        categories = [
            {"id": id_, "name": name}
            for id_, name in zip(
                self.category_ids, self.class_names, strict=True
            )
        ]
        return {
            "info": {},
            "images": list(images.values()),
            "annotations": annotations,
            "categories": categories,
        }


class Subset(InstanceDataset):
    """Some images of another dataset, made by `InstanceDataset.subset`."""

    def __init__(self, dataset: InstanceDataset, indices: list[int]) -> None:
        super().__init__(dataset.class_names, dataset.category_ids)
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Record:
        return self.dataset[self.indices[index]]


def checked_index(index: int, count: int) -> int:
    """The index counted from the start, or an `IndexError`."""
    if not -count <= index < count:
        raise IndexError(
            f"Expected the index of one of {count} images. Received: {index}"
        )
    return int(index) % count


def _to_coco(
    item: ObjectAnnotation, image_id: int | str, category_ids: tuple[int, ...]
) -> dict[str, Any]:
    x1, y1, x2, y2 = item.bbox
    return {
        "id": item.annotation_id,
        "image_id": image_id,
        "category_id": category_ids[item.label],
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": item.area,
        "iscrowd": int(item.is_crowd),
        "segmentation": _json_segmentation(item),
    }


def _json_segmentation(item: ObjectAnnotation) -> Any:
    if not is_rle(item.segmentation):
        return [np.asarray(part).tolist() for part in item.segmentation]
    counts = item.segmentation["counts"]
    if isinstance(counts, bytes):
        counts = counts.decode("ascii")
    elif not isinstance(counts, str):
        counts = rle_counts(counts)
    return {"size": list(item.segmentation["size"]), "counts": counts}


def _renumber(annotations: list[dict[str, Any]]) -> None:
    ids = [item["id"] for item in annotations]
    usable = all(isinstance(id_, int) and id_ > 0 for id_ in ids)
    if not usable or len(set(ids)) != len(ids):
        for number, item in enumerate(annotations, start=1):
            item["id"] = number
