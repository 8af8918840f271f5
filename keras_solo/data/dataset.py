"""What every dataset is: a sequence of records, with class names."""

from __future__ import annotations

import abc
import dataclasses
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from keras_solo.data.batches import Batches
from keras_solo.data.categories import (
    different_ids,
    different_names,
    say_what_differs,
)
from keras_solo.data.check import OnError, check_on_error, image_errors
from keras_solo.data.formats import coco
from keras_solo.data.images import BY_TYPE
from keras_solo.data.levels_report import LevelsReport, report_levels
from keras_solo.data.object_table import ObjectTable
from keras_solo.data.records import Record
from keras_solo.data.selection import chosen_indices, has_objects
from keras_solo.data.suggested_settings import SuggestedSettings, suggest
from keras_solo.geometry.intensity import Intensity
from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.size import Size


class InstanceDataset(abc.ABC):
    """A sequence of `Record` with class names.

    A dataset of your own implements `__len__` and `__getitem__`; batches for
    training, subsets, COCO ground truth and the report on levels then come
    from here.

    Args:
        class_names: The name of each label.
        category_ids: The id of each label in COCO files, different integers;
            1, 2, ... by default.

    Example:

    >>> import numpy as np
    >>> from keras_solo.data import Record
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
        self.category_ids: tuple[int, ...] = different_ids(
            category_ids, len(self.class_names)
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
        return Subset(self, chosen_indices(self, selection))

    def with_objects(
        self,
        max_objects: int | None = None,
        min_object_size: float = 0.0,
        letterbox: Letterbox | None = None,
    ) -> Subset:
        """The images with few objects, or without small ones.

        Images without objects and images with a crowd are left out. For the
        first images of a dataset see `subset`.

        Args:
            max_objects: The most objects in an image; `None`: any number.
            min_object_size: The least size of every object, the square root
                of its box's area, in canvas pixels of the letterbox.
            letterbox: A model's `preprocessor`. Without one, sizes are in
                pixels of the image.

        Returns:
            A dataset with the same classes.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> shapes = ShapesDataset(num_images=8)
        >>> few = shapes.with_objects(max_objects=2, min_object_size=20.0)
        >>> few.max_objects()
        2
        """
        return self.subset(
            lambda record: has_objects(
                record, max_objects, min_object_size, letterbox
            )
        )

    def with_classes(self, class_names: Iterable[str]) -> InstanceDataset:
        """The same images with a model's labels, to evaluate or train it.

        Args:
            class_names: The model's, label by label. Objects of other
                classes are left out, with a warning. Classes that this
                dataset lacks get a free category id, with a warning too.

        Returns:
            A dataset of these classes.

        Raises:
            ValueError: If it has none of the classes, or if two of the names
                are equal.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> shapes = ShapesDataset(num_images=8)
        >>> shapes.with_classes(["triangle", "rectangle", "circle"])
        <Relabeled: 8 images, 3 classes>
        """
        class_names = different_names(class_names)
        if class_names == self.class_names:
            return self
        return Relabeled(self, class_names)

    def check_images(
        self,
        on_error: OnError = "raise",
        workers: int = 4,
        intensity: Intensity = BY_TYPE,
    ) -> InstanceDataset:
        """Decodes every image once, so that training does not stop at night.

        Args:
            on_error: `"raise"` stops at the first image that is missing,
                damaged, or not of the annotated size. `"skip"` leaves such
                images out and warns.
            workers: Threads.
            intensity: Of the model's `preprocessor`: floats, for example, are
                an error unless it scales by percentiles.

        Returns:
            This dataset, or what is left of it.

        Raises:
            ImageError: Names the file and what is wrong with it.
        """
        check_on_error(on_error)
        errors = []
        for error in image_errors(self, workers, intensity):
            if error is not None and on_error == "raise":
                raise error
            errors.append(error)
        wrong = [error for error in errors if error is not None]
        if not wrong:
            return self
        warnings.warn(
            f"left out {len(wrong)} damaged images. The first: {wrong[0]}",
            stacklevel=2,
        )
        return self.subset([error is None for error in errors])

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
        return Batches(self, letterbox, batch_size, **options)

    def suggest_levels(
        self, image_size: Size, max_images: int | None = 1000, **options: Any
    ) -> LevelsReport:
        """Which levels would answer for the objects, and where they collide.

        Args:
            image_size: (height, width) of the canvas, multiples of 32.
            max_images: Look at so many images, evenly spread; `None`: all.
            **options: `pixel_scale` as in `suggest_settings`, and those of
                `Levels.for_canvas`.

        Returns:
            A report to print; its `levels` are the suggestion.
        """
        return report_levels(self._evenly(max_images), image_size, **options)

    def suggest_settings(
        self,
        image_size: Size | None = None,
        max_images: int | None = 1000,
        pixel_scale: float | None = None,
    ) -> SuggestedSettings:
        """A canvas, grids, ranges and `max_detections` that fit the objects.

        Args:
            image_size: (height, width) of the canvas; by default proposed.
            max_images: Look at so many, evenly spread; `None`: all.
            pixel_scale: Canvas pixels per pixel of the image, for crops and
                tiles: as of `Augmentation`.

        Returns:
            A proposal to print, by the rules of `suggested_settings.suggest`.

        Example:

        >>> from keras_solo.data import ShapesDataset
        >>> ShapesDataset(num_images=8).suggest_settings().image_size
        (256, 256)
        """
        table = ObjectTable.of(self._evenly(max_images))
        return suggest(table, image_size, pixel_scale)

    def _evenly(self, max_images: int | None) -> Iterator[Record]:
        """So many images, evenly spread."""
        step = 1
        if max_images is not None and len(self) > max_images:
            step = -(-len(self) // max_images)
        return (self[index] for index in range(0, len(self), step))

    def to_coco(self) -> coco.CocoContent:
        """COCO ground truth: see `formats.coco.ground_truth`."""
        return coco.ground_truth(self, self.class_names, self.category_ids)


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


class Relabeled(InstanceDataset):
    """Another dataset with classes chosen by `InstanceDataset.with_classes`."""

    def __init__(
        self, dataset: InstanceDataset, class_names: tuple[str, ...]
    ) -> None:
        known = dict(
            zip(dataset.class_names, dataset.category_ids, strict=True)
        )
        missing = [name for name in class_names if name not in known]
        say_what_differs(class_names, dataset.class_names, stacklevel=4)
        free = max(dataset.category_ids) + 1
        ids = {name: free + i for i, name in enumerate(missing)} | known
        super().__init__(class_names, [ids[name] for name in class_names])
        self.dataset = dataset
        self._labels = [
            class_names.index(name) if name in class_names else None
            for name in dataset.class_names
        ]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Record:
        record = self.dataset[index]
        objects = tuple(
            dataclasses.replace(item, label=label)
            for item in record.objects
            if (label := self._labels[item.label]) is not None
        )
        return dataclasses.replace(record, objects=objects)
