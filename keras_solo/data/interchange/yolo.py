"""Lines of YOLO segmentation, there and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keras_solo._printable import shown
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.checks import WrongEntry, checked_score
from keras_solo.data.formats.yolo import outline_line, read_line
from keras_solo.data.interchange.fields import (
    InstanceFields,
    naming,
    object_fields,
)
from keras_solo.geometry.size import Size

# More digits than any class id has.
MANY_DIGITS = 9


def yolo_text(
    masks: CompactMasks,
    labels: Iterable[int],
    scores: Iterable[float] | None = None,
) -> str:
    """A line for each mask that has a pixel.

    Args:
        masks: Of one image.
        labels: The class of each.
        scores: Ends of the lines, or None.
    """
    # Nine digits are enough for any float32.
    ends = [""] * len(masks)
    if scores is not None:
        ends = [f" {score:.9g}" for score in scores]
    lines = [
        f"{outline_line(label, parts, masks.size)}{end}\n"
        for label, parts, end in zip(labels, masks.outlines, ends, strict=True)
        if parts
    ]
    return "".join(lines)


def yolo_fields(
    text: str, size: Size, classes: int | None = None, scores: bool = False
) -> InstanceFields:
    """The instances of one image out of the lines of its file.

    Args:
        text: A class id and an outline a line.
        size: (height, width) of the image in pixels.
        classes: How many there are; None for any number.
        scores: Whether each line ends with a score.

    Raises:
        AnnotationError: If a line is wrong.
    """
    objects, found = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not (words := line.split()):
            continue
        with naming(f"Line {number}"):
            if scores:
                found.append(_score(words.pop()))
            labels = _labels(words, classes)
            objects.append(read_line(words, size, labels, number))
    fields = object_fields(objects, size)
    return {**fields, "scores": found} if scores else fields


def _score(word: str) -> float:
    try:
        return checked_score(float(word))
    except ValueError:
        raise WrongEntry(
            f"expected a score at its end, received {shown(word)}"
        ) from None


def _labels(words: Sequence[str], classes: int | None) -> dict[int, int]:
    """The label of each class id: the id itself."""
    word = words[0] if words else ""
    if classes is not None and word:
        return {id_: id_ for id_ in range(classes)}
    if not (word.isdecimal() and len(word) <= MANY_DIGITS):
        raise WrongEntry(f"expected a class id, received {shown(word)}")
    return {int(word): int(word)}
