"""The ground truth of an evaluation, checked, and sorted by category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast

from keras_solo.data.masks import rle_area, segmentation_box, to_rle
from keras_solo.data.run_lengths import Counts
from keras_solo.geometry.size import Size

Id: TypeAlias = int | str


class TrueObject(NamedTuple):
    """An annotated object, as evaluators need it, in little memory."""

    image: int  # the place of its image among `GroundTruth.sizes`
    counts: Counts
    bbox: tuple[float, ...]  # x, y, width, height
    area: float
    is_crowd: bool


class GroundTruth(NamedTuple):
    """Images, categories, and the objects of each category.

    Images and categories are in the order of their ids, in which evaluators
    take them, and objects in the order of their images.
    """

    sizes: list[Size]
    places: dict[Id, int]
    category_names: dict[Id, str]
    objects: dict[Id, list[TrueObject]]


def checked_truth(content: Mapping[str, object]) -> GroundTruth:
    """Reads the content of a COCO annotation file.

    Args:
        content: `"images"`, `"annotations"`, `"categories"`. Of an annotation,
            `"id"`, `"bbox"`, `"area"` and `"iscrowd"` may be missing.

    Returns:
        What is in it; annotations of unknown categories are left out, as
        pycocotools does.

    Raises:
        ValueError: If a part is missing, if an annotation is of an unknown
            image, or if its segmentation cannot be read.
    """
    for key in ("images", "annotations", "categories"):
        if key not in content:
            raise ValueError(
                "Expected a COCO ground truth with images, annotations and "
                f"categories. Received: a dict of {sorted(content)}"
            )
    entries = cast(Mapping[str, list[dict[str, Any]]], content)
    sizes = {
        image["id"]: (int(image["height"]), int(image["width"]))
        for image in entries["images"]
    }
    names = {
        category["id"]: category.get("name", str(category["id"]))
        for category in entries["categories"]
    }
    image_ids = sorted(sizes, key=_order)
    truth = GroundTruth(
        sizes=[sizes[id_] for id_ in image_ids],
        places={id_: place for place, id_ in enumerate(image_ids)},
        category_names={id_: names[id_] for id_ in sorted(names, key=_order)},
        objects={id_: [] for id_ in names},
    )
    _add_objects(truth, entries["annotations"])
    return truth


def _add_objects(
    truth: GroundTruth, annotations: Iterable[Mapping[str, Any]]
) -> None:
    for number, annotation in enumerate(annotations, start=1):
        item = _checked_object(annotation, number, truth)
        if annotation["category_id"] in truth.objects:
            truth.objects[annotation["category_id"]].append(item)
    for objects in truth.objects.values():
        objects.sort(key=lambda item: item.image)


def _order(id_: Id) -> tuple[bool, Id]:
    """Numbers first, since they cannot be compared with text."""
    return isinstance(id_, str), id_


def _checked_object(
    annotation: Mapping[str, Any], number: int, truth: GroundTruth
) -> TrueObject:
    name = annotation.get("id", number)
    if annotation["image_id"] not in truth.places:
        raise ValueError(
            f"Annotation {name} belongs to image {annotation['image_id']!r}, "
            "which is not among the images of the ground truth."
        )
    place = truth.places[annotation["image_id"]]
    size = truth.sizes[place]
    bbox, area = annotation.get("bbox"), annotation.get("area")
    try:
        rle = to_rle(annotation["segmentation"], size)
        if bbox is None:
            x1, y1, x2, y2 = segmentation_box(rle, size)
            bbox = x1, y1, x2 - x1, y2 - y1
    except (LookupError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"Annotation {name} has no segmentation that pycocotools can "
            f"read: {annotation.get('segmentation')!r:.80}"
        ) from error
    return TrueObject(
        image=place,
        counts=rle["counts"],
        bbox=tuple(float(side) for side in bbox),
        area=float(rle_area(rle) if area is None else area),
        is_crowd=bool(annotation.get("iscrowd", 0)),
    )
