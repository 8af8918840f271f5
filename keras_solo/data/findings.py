"""What can be wrong with a dataset: kinds, how bad they are, and advice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from keras_solo.data.records import Record

Severity: TypeAlias = Literal["error", "warning", "note"]
"""Data are lost, or training stops; a model will be worse than it seems or
could be; worth knowing."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
# Examples of a finding that are kept.
FIRST = 5


class Kind(NamedTuple):
    """One kind of finding.

    Args:
        severity: How bad it is.
        words: What is counted.
        advice: One sentence.
    """

    severity: Severity
    words: str
    advice: str


KINDS = {
    "no_image": Kind(
        "error",
        "splits without an image",
        "There is nothing to train or to measure on.",
    ),
    "missing_image": Kind(
        "error",
        "images whose file is missing",
        "Put the files where the annotations say, or remove the entries.",
    ),
    "damaged_image": Kind(
        "error",
        "images that cannot be decoded",
        'Replace the files, or leave them out with on_error="skip".',
    ),
    "wrong_size": Kind(
        "error",
        "images of another size than annotated",
        "The masks do not fit: use the files that were annotated, or "
        "exif_orientation=True where photos were annotated as they are seen.",
    ),
    "wrong_outline": Kind(
        "error",
        "images with an outline that cannot be drawn",
        "Correct the outlines; training would stop at them.",
    ),
    "left_out": Kind(
        "error",
        "annotations and images that were left out",
        "Correct the entries, or accept that training does without them.",
    ),
    "class_not_in_train": Kind(
        "warning",
        "classes without an object to train on",
        "A model cannot learn them: annotate some, or leave the class out.",
    ),
    "duplicate_between_splits": Kind(
        "warning",
        "images that another split has, too",
        "Measured figures flatter the model: keep them in one split.",
    ),
    "few_objects": Kind(
        "warning",
        "classes with few objects to train on",
        "Expect little of them: annotate more, or merge classes.",
    ),
    "hidden_object": Kind(
        "warning",
        "objects that no cell answers for, since others took them",
        "They are not trained: see which grids are proposed, or cut the "
        "images into tiles.",
    ),
    "unassigned_object": Kind(
        "warning",
        "objects that no level answers for, or without a pixel",
        "They are not trained: widen the ranges of the levels, or remove "
        "what is too small to see.",
    ),
    "tiny_object": Kind(
        "warning",
        "objects of less than 4 x 4 pixels on the canvas",
        "Their mask is smaller than a cell of the mask grid: take a larger "
        "image_size, or tiles.",
    ),
    "beyond_max_objects": Kind(
        "warning",
        "images with more objects than max_objects",
        "The smallest objects are not trained: raise max_objects.",
    ),
    "beyond_max_detections": Kind(
        "warning",
        "images with more objects than max_detections",
        "A model returns at most so many: raise max_detections of its decoder.",
    ),
    "class_without_object": Kind(
        "note",
        "classes without any object",
        "The model has them for nothing: leave them out with with_classes.",
    ),
    "class_not_in_split": Kind(
        "note",
        "classes without an object to measure on",
        "Their AP cannot be measured.",
    ),
    "duplicate_in_split": Kind(
        "note",
        "images that their split has twice",
        "They count twice: remove the copies if that is not meant.",
    ),
    "blank_image": Kind(
        "note",
        "images of nearly one colour",
        "See whether they are what you expect; copies of them are not found.",
    ),
    "image_without_object": Kind(
        "note",
        "images without an object",
        "They are trained on as background: right, if nothing is in them.",
    ),
    "crowd": Kind(
        "note",
        "crowds",
        "They are no targets, and are ignored in evaluation.",
    ),
    "collision": Kind(
        "note",
        "objects that share a cell with another one",
        "The later one gets the cell's label; see hidden objects.",
    ),
}


@dataclasses.dataclass(frozen=True)
class Example:
    """One image, class or entry that a finding is about.

    Args:
        split: The split that it is in.
        text: What is wrong with it, or what it is called.
        image: The file's name, or the image's id; "" for a class.
        objects: Places in `record.instances` of the objects concerned.
        annotation_ids: Their ids in the annotation file.
        record: The image, if there is one.
        other: What it is a copy of.
    """

    split: str
    text: str
    image: str = ""
    objects: tuple[int, ...] = ()
    annotation_ids: tuple[int | str, ...] = ()
    record: Record | None = dataclasses.field(default=None, repr=False)
    other: Record | None = dataclasses.field(default=None, repr=False)

    def to_dict(self) -> dict[str, object]:
        """As JSON can hold it."""
        return {
            "split": self.split,
            "image": self.image,
            "annotation_ids": list(self.annotation_ids),
            "text": self.text,
        }


@dataclasses.dataclass(frozen=True)
class Finding:
    """All there is of one kind.

    Args:
        kind: A name, such as "damaged_image".
        counts: How many there are in each split, if any.
        examples: The first of them.
    """

    kind: str
    counts: Mapping[str, int]
    examples: tuple[Example, ...] = ()

    @property
    def severity(self) -> Severity:
        """ "error", "warning" or "note"."""
        return KINDS[self.kind].severity

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def words(self) -> str:
        """What is counted."""
        return KINDS[self.kind].words

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return KINDS[self.kind].advice

    def to_dict(self) -> dict[str, object]:
        """As JSON can hold it."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "count": self.count,
            "counts": dict(self.counts),
            "what": self.words,
            "advice": self.advice,
            "examples": [example.to_dict() for example in self.examples],
        }


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that found something, errors before warnings before notes."""
    found = [one for one in findings if one.count]
    return tuple(sorted(found, key=lambda one: list(KINDS).index(one.kind)))


def image_example(
    split: str,
    record: Record,
    text: str = "",
    objects: Iterable[int] = (),
    other: Record | None = None,
) -> Example:
    """An example that is an image, or objects of one."""
    objects = tuple(objects)
    items = record.instances
    return Example(
        split,
        text,
        image_name(record),
        objects,
        tuple(items[index].annotation_id for index in objects),
        record,
        other,
    )


def image_name(record: Record) -> str:
    """What an image is called: by its file, or by its id."""
    if record.file_name:
        return record.file_name
    if record.image_path is not None:
        return record.image_path.name
    return str(record.image_id)
