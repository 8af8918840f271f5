"""All images that were looked at, split by split, counted through."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.findings import FIRST, Example, Finding, image_example
from keras_solo.data.image_looks import Look
from keras_solo.data.object_table import ObjectTable
from keras_solo.data.records import Record


class Split(NamedTuple):
    """One split.

    Args:
        name: What it is called.
        dataset: Its images.
        looks: One at each image.
    """

    name: str
    dataset: InstanceDataset
    looks: Sequence[Look]


class SeenSplits:
    """Splits whose images are counted through, and so are their objects.

    Args:
        splits: At least one, all of the same classes.

    Attributes:
        splits: The same.
        looks: Of all images.
        table: The objects of all images.
    """

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits: tuple[Split, ...] = tuple(splits)
        self.looks: list[Look] = [
            look for split in splits for look in split.looks
        ]
        self.table: ObjectTable = ObjectTable(
            [look.objects for look in self.looks]
        )
        self._places = [
            (split, index)
            for split in splits
            for index in range(len(split.looks))
        ]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Those that all splits have."""
        return self.splits[0].dataset.class_names

    def split(self, image: int) -> str:
        """The name of the split that an image is in."""
        return self._places[image][0].name

    def record(self, image: int) -> Record:
        """The record of an image, counted through."""
        split, index = self._places[image]
        return split.dataset[index]

    def class_counts(self) -> dict[str, list[int]]:
        """Of each split the number of objects of each label."""
        return {
            split.name: np.bincount(
                np.concatenate(
                    [
                        np.zeros(0, np.int64),
                        *(look.objects.labels for look in split.looks),
                    ]
                ),
                minlength=len(self.class_names),
            ).tolist()
            for split in self.splits
        }

    # === Findings ===

    def of_images(
        self,
        kind: str,
        texts: Mapping[int, str],
        counts: Mapping[int, int] | None = None,
        others: Mapping[int, int] | None = None,
    ) -> Finding:
        """A finding about images.

        Args:
            kind: Of the finding.
            texts: Images, in their order, and what is wrong with each.
            counts: How much each counts, 1 by default.
            others: The image that each is a copy of.
        """
        examples = [
            self._example(
                image,
                text,
                other=None if others is None else self.record(others[image]),
            )
            for image, text in list(texts.items())[:FIRST]
        ]
        return Finding(kind, self._counts(texts, counts), tuple(examples))

    def of_objects(self, kind: str, chosen: np.ndarray) -> Finding:
        """A finding about objects.

        Args:
            kind: Of the finding.
            chosen: bool `(M,)`, which objects.
        """
        counts = self.table.counts
        image = np.repeat(np.arange(len(counts)), counts)
        first = np.cumsum(counts) - counts
        groups: dict[int, list[int]] = collections.defaultdict(list)
        for place in np.flatnonzero(chosen).tolist():
            one = int(image[place])
            groups[one].append(place - int(first[one]))
        examples = [
            self._example(one, self._named(one, groups[one]), groups[one])
            for one in list(groups)[:FIRST]
        ]
        number = {one: len(objects) for one, objects in groups.items()}
        return Finding(kind, self._counts(groups, number), tuple(examples))

    def _counts(
        self, images: Iterable[int], counts: Mapping[int, int] | None
    ) -> dict[str, int]:
        found: collections.Counter[str] = collections.Counter()
        for image in images:
            name = self.split(image)
            found[name] += 1 if counts is None else counts[image]
        return dict(found)

    def _named(self, image: int, objects: Sequence[int]) -> str:
        """The class of an object, or how many they are."""
        if len(objects) > 1:
            return f"{len(objects)} objects"
        label = self.looks[image].objects.labels[objects[0]]
        return self.class_names[label]

    def _example(
        self,
        image: int,
        text: str,
        objects: Sequence[int] = (),
        other: Record | None = None,
    ) -> Example:
        record = self.record(image)
        return image_example(self.split(image), record, text, objects, other)
