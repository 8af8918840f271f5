"""The records of a large dataset: light while nobody looks at them."""

from __future__ import annotations

import array
import copy
import dataclasses
from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np

from keras_solo.data.object_columns import ObjectColumns
from keras_solo.data.records import Record


class PackedRecords(Sequence[Record]):
    """Records whose objects are kept in columns, see `ObjectColumns`.

    A record is put together when it is asked for, anew each time.

    Args:
        images: The records, without objects.
        objects: The objects of all of them.
        owners: For each object the place of its image in `images`. Objects of
            one image stay in their order.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> records = PackedRecords.of(ShapesDataset(num_images=3))
    >>> len(records), len(records[0].objects), len(records.objects)
    (3, 1, 9)
    """

    def __init__(
        self,
        images: Sequence[Record],
        objects: ObjectColumns,
        owners: Sequence[int],
    ) -> None:
        self.images = images
        self.objects = objects
        places = np.asarray(owners, np.int64)
        self._order = np.argsort(places, kind="stable")
        counts = np.bincount(places, minlength=len(images))
        self._ends = np.concatenate([[0], counts.cumsum()])

    @classmethod
    def of(cls, records: Iterable[Record]) -> PackedRecords:
        """Packs records that were made with their objects."""
        if isinstance(records, cls):
            return records
        images, objects, owners = [], ObjectColumns(), array.array("q")
        for place, record in enumerate(records):
            images.append(dataclasses.replace(record, objects=()))
            for item in record.objects:
                objects.append(item)
                owners.append(place)
        return cls(images, objects, owners)

    def __len__(self) -> int:
        return len(self.images)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        numbers = self._order[self._ends[index] : self._ends[index + 1]]
        objects = tuple(self.objects[number] for number in numbers.tolist())
        return dataclasses.replace(self.images[index], objects=objects)

    def max_objects(self) -> int:
        """The largest number of objects, crowds left out, in one image."""
        trained = np.frombuffer(self.objects.crowds, np.uint8)[self._order] == 0
        before = np.concatenate([[0], trained.cumsum()])[self._ends]
        return int(np.diff(before).max(initial=0))

    def chosen(self, indices: Iterable[int]) -> PackedRecords:
        """Some of the records, in that order."""
        return type(self).of(self[index] for index in indices)

    def relabeled(self, labels: Sequence[int]) -> PackedRecords:
        """The same records with other labels.

        Args:
            labels: The new label of each.
        """
        new = copy.copy(self)
        new.objects = copy.copy(self.objects)
        new.objects.labels = array.array(
            "l", (labels[label] for label in self.objects.labels)
        )
        return new
