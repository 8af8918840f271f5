"""A dataset as a folder, in a format of one's choice."""

from __future__ import annotations

import os
import pathlib
import warnings

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.formats.layouts import FORMATS
from keras_solo.data.formats.splits import split_names


def write_dataset(
    dataset: InstanceDataset,
    folder: str | os.PathLike[str],
    format: str = "coco",
    split: str = "train",
) -> dict[str, int]:
    """Writes images and annotations as a split of a folder.

    Image files are copied as they are. Masks become outlines along the edges
    of pixels where a format wants outlines, so that they come back exactly.
    What a format cannot hold is counted, and said in a warning: crowds in all
    but COCO's, pixels of objects that overlap in PNGs of ids, classes in PNGs
    of masks.

    Args:
        dataset: What to write.
        folder: Gets it. There may be other splits in it.
        format: "coco", "yolo", "panoptic", "labelme", "via", "cvat", "voc",
            "cityscapes", "object_pngs" or "instance_png", as in `open_dataset`.
        split: What to call it.

    Returns:
        How much was lost, by the reason; nothing where nothing was.

    Raises:
        ValueError: If there is no such format, or the split is there already.

    Example:

    >>> from keras_solo.data import ShapesDataset, open_dataset
    >>> write_dataset(ShapesDataset(num_images=3), "shapes", "yolo")
    {}
    >>> dataset = open_dataset("shapes")
    shapes: YOLO segmentation.
    3 images, 9 objects, 3 classes.
    """
    formats = {one.name: one for one in FORMATS}
    if format not in formats:
        raise ValueError(
            f"Expected format to be one of {', '.join(formats)}. "
            f"Received: {format!r}"
        )
    if pathlib.Path(split).name != split or split in ("", ".", ".."):
        raise ValueError(f"Expected the name of a split. Received: {split!r}")
    root = pathlib.Path(folder)
    places = formats[format].find(root) if root.is_dir() else []
    there = split_names([place.split for place in places])
    if split in there or (root / split).exists():
        raise ValueError(f"{root} has a split called {split} already.")
    root.mkdir(parents=True, exist_ok=True)
    pairs = zip(dataset.category_ids, dataset.class_names, strict=True)
    lost = dict(formats[format].write(dataset, dict(pairs), root, split))
    if lost:
        what = ", ".join(f"{reason}: {count}" for reason, count in lost.items())
        warnings.warn(
            f"{split}: {formats[format].description} cannot hold all ({what}).",
            stacklevel=2,
        )
    return lost
