"""How many objects a sample has room for, and where they may come from."""

from __future__ import annotations

import math

from keras_solo.data.augment import Augmentation
from keras_solo.data.categories import listed
from keras_solo.data.object_crops import most_in_a_crop, object_boxes
from keras_solo.data.records import Records
from keras_solo.geometry.size import Size

# Beyond this, composed images do not get more slots than single ones need:
# each costs a mask in every sample. COCO's evaluation, too, looks at 100.
MOST_SLOTS = 100


def chosen_slots(
    dataset: Records,
    augmentation: Augmentation | None,
    copy_paste_from: Records | None,
    canvas_size: Size,
    max_objects: int | None = None,
    on_excess: str = "raise",
) -> tuple[int, int]:
    """The object slots of a sample, N, and what is lost for want of more.

    Args:
        dataset: The images.
        augmentation: How images vary.
        copy_paste_from: Where pasted objects come from.
        canvas_size: (height, width) in pixels.
        max_objects: N, or None for `object_slots`.
        on_excess: As in `excess`. What crops by `pixel_scale` show is not
            known before: there it is not looked at.

    Returns:
        N, and the objects of single images that have no slot.
    """
    check_copy_paste(dataset, augmentation, copy_paste_from)
    check_on_excess(on_excess)
    if max_objects is None:
        options = augmentation, copy_paste_from, canvas_size
        return object_slots(dataset, *options), 0
    max_objects = positive("max_objects", max_objects)
    if augmentation is not None and augmentation.pixel_scale:
        return max_objects, 0
    return max_objects, excess(dataset, max_objects, on_excess)


def positive(name: str, value: int) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: Says what it is called.
    """
    if int(value) != value or value < 1:
        raise ValueError(
            f"Expected {name} to be a positive integer. "
            f"Received: {name}={value!r}"
        )
    return int(value)


def object_slots(
    dataset: Records,
    augmentation: Augmentation | None = None,
    copy_paste_from: Records | None = None,
    canvas_size: Size | None = None,
) -> int:
    """The object slots of a sample, N, where nobody says how many.

    For single images the largest number of objects in one of them, or, with
    `Augmentation(pixel_scale=...)`, about that of one of their crops. A mosaic
    has room for four times as many, copy-paste for those of another image on
    top: but beyond 100 slots only as many as a single image needs. Where a
    composed sample has more, the smallest objects are left out.

    Args:
        dataset: The images.
        augmentation: How they vary.
        copy_paste_from: Where pasted objects come from, by default the
            dataset.
        canvas_size: (height, width) in pixels: how large crops are.

    Returns:
        At least 1: no array has a side of 0.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> shapes = ShapesDataset(num_images=8)
    >>> object_slots(shapes), object_slots(shapes, Augmentation(copy_paste=0.5))
    (6, 12)
    """
    single = max(1, _most_in_sight(dataset, augmentation, canvas_size))
    if augmentation is None or not augmentation.composes:
        return single
    room = single * (4 if augmentation.mosaic else 1)
    if augmentation.copy_paste:
        source = dataset if copy_paste_from is None else copy_paste_from
        room += source.max_objects()
    return min(room, max(single, MOST_SLOTS))


def _most_in_sight(
    dataset: Records, augmentation: Augmentation | None, canvas: Size | None
) -> int:
    """Of an image, or of a crop at the smallest scale."""
    scale = augmentation.pixel_scale if augmentation else None
    if augmentation is None or canvas is None or not scale:
        return dataset.max_objects()
    if augmentation.whole:
        return dataset.max_objects()
    scale *= augmentation.scale[0]
    crop = (math.ceil(canvas[0] / scale), math.ceil(canvas[1] / scale))
    boxes = (object_boxes(record.instances) for record in dataset)
    return most_in_a_crop(boxes, crop)


def check_on_excess(on_excess: str) -> None:
    """Refuses what is neither "raise" nor "drop_smallest"."""
    if on_excess not in ("raise", "drop_smallest"):
        raise ValueError(
            'Expected on_excess to be "raise" or "drop_smallest". '
            f"Received: {on_excess!r}"
        )


def excess(dataset: Records, max_objects: int, on_excess: str) -> int:
    """How many objects of single images have no slot.

    Args:
        dataset: The images.
        max_objects: The slots of each.
        on_excess: `"raise"` if there are any, or `"drop_smallest"`.

    Raises:
        ValueError: Says how many there are.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> excess(ShapesDataset(num_images=8), 4, "drop_smallest")
    5
    """
    counts = [len(record.instances) for record in dataset]
    over = [count - max_objects for count in counts if count > max_objects]
    if over and on_excess == "raise":
        raise ValueError(
            f"{len(over)} images have more than max_objects={max_objects} "
            f"objects, up to {max(counts)}: {sum(over)} objects would be lost. "
            'Choose a larger max_objects, or on_excess="drop_smallest".'
        )
    return sum(over)


def check_copy_paste(
    dataset: Records,
    augmentation: Augmentation | None = None,
    copy_paste_from: Records | None = None,
) -> None:
    """Refuses a source of pasted objects that is not used or does not fit.

    Args:
        dataset: The images.
        augmentation: How they vary.
        copy_paste_from: Where pasted objects come from; `None` fits.

    Raises:
        ValueError: If nothing is pasted, or if the classes differ.
    """
    if copy_paste_from is None:
        return
    if augmentation is None or not augmentation.copy_paste:
        raise ValueError(
            "Expected an augmentation that pastes with copy_paste_from, as "
            "augment=Augmentation(copy_paste=0.5). Received: "
            f"augment={augmentation!r}"
        )
    names, others = (
        getattr(one, "class_names", None) for one in (dataset, copy_paste_from)
    )
    if names is not None and others is not None and names != others:
        raise ValueError(
            f"Expected copy_paste_from with the classes {listed(names)}, in "
            f"this order, see its with_classes. Received: {listed(others)}"
        )
