"""A folder of images and whatever annotations, as a dataset."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import overload

from keras_solo._printable import counted, printable, shown
from keras_solo.data.check import OnError, check_on_error
from keras_solo.data.file_dataset import FileDataset
from keras_solo.data.formats.layouts import Layout, find_layouts
from keras_solo.data.formats.reading import UNNAMED, Place, Reading
from keras_solo.data.images import MAX_PIXELS


class FolderDataset(FileDataset):
    """One split of a folder, made by `open_dataset`.

    Args:
        layout: What the folder was recognised as.
        place: The split in it.
        reading: How to read it.
        on_error: As in `open_dataset`.
        check_images: As in `open_dataset`.

    Attributes:
        format: The name of the format.
        split: The name of the split.
    """

    def __init__(
        self,
        layout: Layout,
        place: Place,
        reading: Reading,
        on_error: OnError = "raise",
        check_images: bool | None = None,
    ) -> None:
        self.format: str = layout.format.name
        self.split: str = place.split
        super().__init__(
            place.annotations,
            lambda report: layout.format.read(
                place, dataclasses.replace(reading, report=report)
            ),
            on_error,
            check_images,
        )

    def _take_classes(self, categories: Mapping[str, int]) -> None:
        """Gives the objects the labels of some classes, its own among them."""
        labels = {name: label for label, name in enumerate(categories)}
        new = [labels[name] for name in self.class_names]
        if new != list(range(len(new))):
            self._records = self._records.relabeled(new)
        self.class_names: tuple[str, ...] = tuple(categories)
        self.category_ids: tuple[int, ...] = tuple(categories.values())


@overload
def open_dataset(
    path: str | os.PathLike[str],
    split: str,
    format: str | None = None,
    on_error: OnError = "raise",
    check_images: bool | None = None,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    allow_outside: bool = False,
    class_name: str = UNNAMED,
    verbose: int = 1,
) -> FolderDataset: ...


@overload
def open_dataset(
    path: str | os.PathLike[str],
    split: None = None,
    format: str | None = None,
    on_error: OnError = "raise",
    check_images: bool | None = None,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    allow_outside: bool = False,
    class_name: str = UNNAMED,
    verbose: int = 1,
) -> FolderDataset | dict[str, FolderDataset]: ...


def open_dataset(
    path: str | os.PathLike[str],
    split: str | None = None,
    format: str | None = None,
    on_error: OnError = "raise",
    check_images: bool | None = None,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    allow_outside: bool = False,
    class_name: str = UNNAMED,
    verbose: int = 1,
) -> FolderDataset | dict[str, FolderDataset]:
    """Opens a folder of images and annotations, in whatever format they are.

    It knows COCO JSON (also of LVIS and Roboflow), YOLO segmentation, COCO
    panoptic, LabelMe, VGG Image Annotator, CVAT for images, Pascal VOC,
    Cityscapes, a PNG for each object, and a PNG of instance ids; looks for
    them in this order, and prints what it took the folder for and what it saw.

    Args:
        path: The folder.
        split: "train", "val", "test", or what the split is called there. By
            default all of them. All are read in any case: they share classes.
        format: "coco", "yolo", "panoptic", "labelme", "via", "cvat", "voc",
            "cityscapes", "object_pngs" or "instance_png", where the folder is
            in more than one.
        on_error: `"raise"` stops at the first error. `"skip"` leaves out the
            objects and images that are wrong, warns once a split, and keeps
            what was wrong with each in `skipped`.
        check_images: Whether to decode each image file once, as in
            `CocoDataset`.
        exif_orientation: Whether to turn each image as its EXIF tag says, as in
            `CocoDataset`.
        max_pixels: Larger images are wrong.
        allow_outside: Whether file names may lead out of the folder.
        class_name: What objects are for which the files name no class: those of
            "object_pngs" and "instance_png", and regions of "via" without one.
        verbose: 0 prints nothing.

    Returns:
        A dataset; with several splits and no `split`, a dict of them. All
        splits have the same classes.

    Raises:
        AnnotationError: If the folder is in no known format; names the file,
            the entry and what is wrong.
        ValueError: If there is no such split or format, if `class_name` is
            empty, or if all objects have classes of other names.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> _ = ShapesDataset(num_images=3).write("shapes")
    >>> dataset = open_dataset("shapes")
    shapes: COCO JSON.
    3 images, 9 objects, 3 classes.
    >>> dataset.class_names
    ('circle', 'rectangle', 'triangle')
    """
    check_on_error(on_error)
    root = pathlib.Path(path)
    layout, *others = find_layouts(root, format)
    names = [place.split for place in layout.places]
    if split is not None and split not in names:
        raise ValueError(
            f"Expected split to be one of {', '.join(names)}. "
            f"Received: {split!r}"
        )
    if verbose:
        print(_recognised(root, layout, others))
    reading = Reading(
        root,
        exif_orientation=exif_orientation,
        max_pixels=max_pixels,
        allow_outside=allow_outside,
        class_name=class_name,
    )
    datasets = [
        FolderDataset(layout, place, reading, on_error, check_images)
        for place in layout.places
    ]
    _share_classes(datasets)
    _check_class_name(class_name, layout, datasets[0])
    chosen = {d.split: d for d in datasets if split in (None, d.split)}
    for dataset in chosen.values() if verbose else ():
        print(_described(dataset, len(datasets) > 1))
    return chosen if len(chosen) > 1 else next(iter(chosen.values()))


def _share_classes(datasets: list[FolderDataset]) -> None:
    """All splits get the classes that are in any of them, the first's first."""
    categories: dict[str, int] = {}
    for dataset in datasets:
        pairs = zip(dataset.class_names, dataset.category_ids, strict=True)
        for name, id_ in pairs:
            if name not in categories:
                taken = categories.values()
                free = id_ not in taken
                categories[name] = id_ if free else max(taken) + 1
    for dataset in datasets:
        dataset._take_classes(categories)


def _check_class_name(
    name: str, layout: Layout, dataset: FolderDataset
) -> None:
    """A name that no object has got was given in vain."""
    if name not in (UNNAMED, *dataset.class_names):
        raise ValueError(
            "Expected class_name for objects whose files name no class. "
            f"Received: class_name={name!r} for "
            f"{layout.format.description}, with the classes "
            f"{shown(dataset.class_names)}"
        )


def _recognised(
    root: pathlib.Path, layout: Layout, others: list[Layout]
) -> str:
    """What a folder was taken for."""
    also = ", ".join(
        f"{one.format.description} (format={one.format.name!r})"
        for one in others
    )
    taken = f"{printable(str(root))}: {layout.format.description}."
    return f"{taken} It has {also}, too." if also else taken


def _described(dataset: FolderDataset, one_of_several: bool) -> str:
    """What is in a split."""
    objects = sum(len(record.objects) for record in dataset)
    crowds = objects - sum(len(record.instances) for record in dataset)
    parts = [counted(len(dataset), "image"), counted(objects, "object")]
    parts += [f"{crowds} of them crowds"] if crowds else []
    parts += [counted(dataset.num_classes, "class", "classes")]
    parts += [f"{len(dataset.skipped)} left out"] if dataset.skipped else []
    name = f"{printable(dataset.split)}: " if one_of_several else ""
    return f"{name}{', '.join(parts)}."
