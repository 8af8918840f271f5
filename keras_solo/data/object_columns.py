"""Many annotated objects, column by column: a fraction of the memory."""

from __future__ import annotations

import array

import numpy as np

from keras_solo.data.masks import Segmentation
from keras_solo.data.records import ObjectAnnotation
from keras_solo.data.run_lengths import RunLengths

# What a column of ids can hold.
LARGEST_ID = 2**63 - 1


class ObjectColumns:
    """Objects that are put together again, each when it is asked for.

    A million small objects of Python take three to four kilobytes each and
    hold on to the memory of the file that they were read from. Here an object
    takes its coordinates and some 80 bytes.

    Example:

    >>> from keras_solo.data import ObjectAnnotation
    >>> square = np.array([0.0, 0, 2, 0, 2, 2, 0, 2])
    >>> columns = ObjectColumns()
    >>> columns.append(ObjectAnnotation(1, (0, 0, 2, 2), (square,), 4.0))
    >>> len(columns), columns[0].label, columns[0].segmentation[0].tolist()
    (1, 1, [0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0])
    """

    def __init__(self) -> None:
        self.labels: array.array[int] = array.array("l")
        self.crowds: bytearray = bytearray()
        self._boxes = array.array("d")
        self._areas = array.array("d")
        self._ids = array.array("q")
        self._odd_ids: dict[int, int | str] = {}
        self._points = array.array("d")
        # Where the points of each part end, and the parts of each object.
        self._ends = array.array("q", [0])
        self._parts = array.array("q", [0])
        self._run_lengths: dict[int, RunLengths] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def append(self, item: ObjectAnnotation) -> None:
        """Takes one more object.

        Args:
            item: Its polygons are kept as float64.
        """
        number = len(self)
        self.labels.append(item.label)
        self.crowds.append(bool(item.is_crowd))
        self._boxes.extend(item.bbox)
        self._areas.append(item.area)
        self._add_id(number, item.annotation_id)
        self._add_segmentation(number, item.segmentation)

    def _add_id(self, number: int, id_: int | str) -> None:
        plain = type(id_) is int and -LARGEST_ID <= id_ <= LARGEST_ID
        self._ids.append(id_ if plain else 0)  # type: ignore[arg-type]
        if not plain:
            self._odd_ids[number] = id_

    def _add_segmentation(self, number: int, found: Segmentation) -> None:
        if isinstance(found, dict):
            self._run_lengths[number] = found
        else:
            for part in found:
                points = np.asarray(part, np.float64)
                self._points.frombytes(points.tobytes())
                self._ends.append(len(self._points))
        self._parts.append(len(self._ends) - 1)

    def __getitem__(self, number: int) -> ObjectAnnotation:
        label, id_ = self.labels[number], self._ids[number]
        x1, y1, x2, y2 = self._boxes[4 * number : 4 * number + 4]
        if self._odd_ids:
            id_ = self._odd_ids.get(number, id_)  # type: ignore[assignment]
        return ObjectAnnotation(
            label=label,
            bbox=(x1, y1, x2, y2),
            segmentation=self._segmentation(number),
            area=self._areas[number],
            is_crowd=bool(self.crowds[number]),
            annotation_id=id_,
        )

    def _segmentation(self, number: int) -> Segmentation:
        if number in self._run_lengths:
            return self._run_lengths[number]
        first, last = self._parts[number], self._parts[number + 1]
        ends = self._ends[first : last + 1]
        return tuple(
            np.frombuffer(self._points[start:end])
            for start, end in zip(ends, ends[1:], strict=False)
        )
