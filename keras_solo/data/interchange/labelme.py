"""Files of LabelMe, as `json.load` reads them, there and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keras_solo._printable import shown
from keras_solo.data.categories import listed
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.formats.checks import (
    WrongEntry,
    annotated_size,
    checked_score,
)
from keras_solo.data.formats.labelme_shapes import (
    IGNORED,
    Shape,
    file_content,
    grouped,
    object_shapes,
    shape_object,
)
from keras_solo.data.interchange.fields import (
    InstanceFields,
    naming,
    object_fields,
)
from keras_solo.geometry.size import Size


def labelme_content(
    masks: CompactMasks,
    names: Iterable[str],
    scores: Iterable[float],
    image_path: str = "",
    tracks: Sequence[int | None] | None = None,
) -> dict[str, object]:
    """What stands in the file of an image.

    Args:
        masks: Of the image; those without a pixel are left out, and so are
            those of a name that LabelMe ignores.
        names: The name of each.
        scores: The score of each.
        image_path: Where the image is, from where the file is.
        tracks: The track of each, which is the group of its shapes; None
            where there is none.
    """
    shapes: list[dict[str, object]] = []
    tracks = [None] * len(masks) if tracks is None else tracks
    # Groups of parts that belong together have numbers above these.
    first = 1 + max((one for one in tracks if one is not None), default=-1)
    for number, (name, score) in enumerate(zip(names, scores, strict=True)):
        if name not in IGNORED:
            [mask] = masks[number : number + 1].to_dense()
            for shape in object_shapes(mask, name, first + number):
                shapes.append({**shape, "score": score})
                if tracks[number] is not None:
                    shapes[-1]["group_id"] = tracks[number]
    return file_content(shapes, image_path, masks.size)


def labelme_fields(
    content: Mapping[str, object], class_names: Sequence[str] | None = None
) -> tuple[InstanceFields, list[str]]:
    """The instances of one image.

    Args:
        content: What stands in its file.
        class_names: Names of all classes, label by label; by default those
            that there are, in the order of the alphabet.

    Returns:
        The instances, and the names of all classes.

    Raises:
        AnnotationError: If something is wrong with it, or there is a name
            that is none of a class.
    """
    with naming("A file of LabelMe"):
        size, shapes = _read(content)
    names = sorted({shape.name for shape in shapes})
    names = names if class_names is None else list(class_names)
    labels = {name: label for label, name in reversed(list(enumerate(names)))}
    objects, scores = [], []
    for number, shape in enumerate(shapes):
        with naming(f"Object {number} ({shown(shape.name)})"):
            if shape.name not in labels:
                raise WrongEntry(f"there is no such class, only {_list(names)}")
            label = labels[shape.name]
            objects.append(shape_object(shape, label, size, number))
            scores.append(_score(shape))
    fields = object_fields(objects, size)
    return {**fields, "scores": scores}, names


def _list(names: Iterable[str]) -> str:
    return listed(map(shown, names))


def _read(content: Mapping[str, object]) -> tuple[Size, list[Shape]]:
    if not isinstance(content, Mapping):
        raise WrongEntry(f"expected a dict, received {shown(content)}")
    size = annotated_size(content.get("imageHeight"), content.get("imageWidth"))
    shapes = content.get("shapes")
    if not isinstance(shapes, list):
        raise WrongEntry(f"expected a list of shapes, received {shown(shapes)}")
    return size, grouped(shapes, size)


def _score(shape: Shape) -> float:
    """The best of an object's parts, 1 where there is none."""
    given = [one for one in shape.scores if one is not None]
    return max(map(checked_score, given), default=1.0)
