"""How many objects a sample has room for, and where they may come from."""

from __future__ import annotations

from keras_solo.data.augment import Augmentation
from keras_solo.data.categories import listed
from keras_solo.data.records import Records

# Beyond this, composed images do not get more slots than single ones need:
# each costs a mask in every sample. COCO's evaluation, too, looks at 100.
MOST_SLOTS = 100


def object_slots(
    dataset: Records,
    augmentation: Augmentation | None = None,
    copy_paste_from: Records | None = None,
) -> int:
    """The object slots of a sample, N, where nobody says how many.

    For single images the largest number of objects in one of them. A mosaic
    has room for four times as many, copy-paste for those of another image on
    top: but beyond 100 slots only as many as a single image needs. Where a
    composed sample has more, the smallest objects are left out.

    Args:
        dataset: The images.
        augmentation: How they vary.
        copy_paste_from: Where pasted objects come from, by default the
            dataset.

    Returns:
        At least 1: no array has a side of 0.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> shapes = ShapesDataset(num_images=8)
    >>> object_slots(shapes), object_slots(shapes, Augmentation(copy_paste=0.5))
    (6, 12)
    """
    single = max(1, dataset.max_objects())
    if augmentation is None or not augmentation.composes:
        return single
    room = single * (4 if augmentation.mosaic else 1)
    if augmentation.copy_paste:
        source = dataset if copy_paste_from is None else copy_paste_from
        room += source.max_objects()
    return min(room, max(single, MOST_SLOTS))


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
