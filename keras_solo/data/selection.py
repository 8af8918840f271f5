"""Images with suitable objects: few enough, none too small, no crowd."""

from __future__ import annotations

from keras_solo.data.records import Record
from keras_solo.geometry.letterbox import Letterbox


def has_objects(
    record: Record,
    max_objects: int | None = None,
    min_object_size: float = 0.0,
    letterbox: Letterbox | None = None,
) -> bool:
    """Whether an image has objects, and such objects.

    Args:
        record: An image and its objects.
        max_objects: The most objects; `None`: any number.
        min_object_size: The least size of every object, the square root of
            its box's area, in canvas pixels of the letterbox.
        letterbox: Without one, sizes are in pixels of the image. Its canvas
            is the one of training batches, `letterbox.fixed()`.

    Returns:
        False for images without objects, and for those with a crowd, whose
        objects are not counted.
    """
    if not record.objects or any(item.is_crowd for item in record.objects):
        return False
    if max_objects is not None and len(record.objects) > max_objects:
        return False
    scale = 1.0
    if letterbox is not None:
        scale = letterbox.fixed().scale(record.original_size)
    sizes = []
    for item in record.objects:
        x1, y1, x2, y2 = item.bbox
        sizes.append(((x2 - x1) * (y2 - y1)) ** 0.5 * scale)
    return min(sizes) >= min_object_size
