"""Tells before a training what will not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.dataset_report import DatasetReport
from keras_solo.data.dataset_tables import SplitCounts, size_counts
from keras_solo.data.file_dataset import FileDataset
from keras_solo.data.findings import (
    FIRST,
    Example,
    Finding,
    image_name,
    worst_first,
)
from keras_solo.data.image_hash import first_alike
from keras_solo.data.image_looks import Look, looks
from keras_solo.data.levels_report import count_objects, report_objects
from keras_solo.data.object_table import CanvasObjects
from keras_solo.data.seen_splits import SeenSplits, Split
from keras_solo.data.suggested_settings import suggest
from keras_solo.geometry import MASK_STRIDE, Letterbox, Levels
from keras_solo.geometry.size import Size

IMAGE_KINDS = ("missing_image", "damaged_image", "wrong_size", "wrong_outline")


def check_dataset(
    datasets: InstanceDataset | Mapping[str, InstanceDataset],
    image_size: Size | None = None,
    levels: Levels | None = None,
    max_detections: int = 100,
    max_objects: int | None = None,
    few_objects: int = 10,
    workers: int = 4,
    progress: Callable[[int], object] | None = None,
) -> DatasetReport:
    """Tells before a training what will not work.

    Each image is decoded once and each object drawn once. What is found, from
    damaged files to objects that no cell answers for, has a kind, a severity,
    a count, the first images or objects concerned, and a sentence of advice:

    - *error*: a file is missing or damaged or of another size, an entry was
      left out, an outline cannot be drawn. Training stops at it, or does
      without.
    - *warning*: training runs, but a model will be worse than it could be, or
      than it seems: the same picture in two splits (also re-encoded or made
      smaller; turned, mirrored and cropped ones are not found), classes with
      few objects, objects that are not trained.
    - *note*: worth knowing.

    Open the folder with `on_error="skip", check_images=False`, so that all
    that is wrong is in the report, rather than the first.

    Args:
        datasets: A dataset, or a dict of splits as `open_dataset` returns it.
            The split "train", or else the first, is trained on.
        image_size: (height, width) of the canvas, multiples of 32. By default
            the one that is proposed.
        levels: The model's; by default `Levels.for_canvas`.
        max_detections: Of the model's decoder.
        max_objects: Of `Batches`; by default as many as the images have.
        few_objects: A class with fewer objects to train on is named.
        workers: Threads.
        progress: Called after each image with how many are done.

    Returns:
        A report to print, to save as JSON (`to_dict`) or to look at
        (`to_page`).

    Raises:
        ValueError: If there is no split, if their classes differ, or if
            `image_size` is no canvas.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> report = check_dataset(ShapesDataset(num_images=8), few_objects=1)
    >>> [problem.kind for problem in report.problems]
    ['collision']
    >>> report.image_size
    (256, 256)
    """
    if image_size is not None:
        # Better now than after an hour.
        image_size = Letterbox(image_size).image_size
    seen = _seen(_splits(datasets), workers, progress)
    suggestion = suggest(seen.table, image_size)
    size = suggestion.image_size
    levels = levels or Levels.for_canvas(size)
    objects = seen.table.on_canvas(size)
    problems = [
        *_entries(seen),
        *_images(seen),
        *_duplicates(seen),
        *_classes(seen, few_objects),
        *_objects(seen, objects, size, levels),
        _beyond(seen, "beyond_max_objects", max_objects),
        _beyond(seen, "beyond_max_detections", max_detections),
    ]
    return DatasetReport(
        class_names=seen.class_names,
        splits=tuple(map(_counts, seen.splits)),
        class_counts=seen.class_counts(),
        sizes=size_counts(objects.areas),
        levels=report_objects(objects, size, levels),
        suggestion=suggestion,
        problems=worst_first(problems),
    )


def _splits(
    datasets: InstanceDataset | Mapping[str, InstanceDataset],
) -> Mapping[str, InstanceDataset]:
    if isinstance(datasets, InstanceDataset):
        return {"train": datasets}
    names = {dataset.class_names for dataset in datasets.values()}
    if len(names) != 1:
        raise ValueError(
            "Expected one split or more, all with the same classes (see "
            f"`with_classes`). Received: {dict(datasets)!r:.300}"
        )
    return datasets


def _seen(
    datasets: Mapping[str, InstanceDataset],
    workers: int,
    progress: Callable[[int], object] | None,
) -> SeenSplits:
    done = 0
    splits = []
    for name, dataset in datasets.items():
        found: list[Look] = []
        for look in looks(dataset, workers):
            found.append(look)
            done += 1
            if progress is not None:
                progress(done)
        splits.append(Split(name, dataset, found))
    return SeenSplits(splits)


def _counts(split: Split) -> SplitCounts:
    objects = [len(look.objects.labels) for look in split.looks]
    return SplitCounts(
        split.name,
        len(objects),
        sum(objects),
        sum(look.crowds for look in split.looks),
        max(objects, default=0),
    )


# === What is wrong with files ===


def _entries(seen: SeenSplits) -> Iterator[Finding]:
    """Splits without images, and what was left out."""
    empty = {split.name: 1 for split in seen.splits if not split.looks}
    yield Finding(
        "no_image", empty, tuple(Example(name, name) for name in empty)
    )
    skipped = {
        split.name: split.dataset.skipped
        for split in seen.splits
        if isinstance(split.dataset, FileDataset)
    }
    texts = [
        Example(name, text) for name, one in skipped.items() for text in one
    ]
    counts = {name: len(one) for name, one in skipped.items() if one}
    yield Finding("left_out", counts, tuple(texts[:FIRST]))


def _images(seen: SeenSplits) -> Iterator[Finding]:
    looks = dict(enumerate(seen.looks))
    for kind in IMAGE_KINDS:
        yield seen.of_images(
            kind, {i: one.error for i, one in looks.items() if one.kind == kind}
        )
    yield seen.of_images(
        "blank_image",
        {i: "" for i, one in looks.items() if one.hash and one.hash.is_blank},
    )
    crowds = {i: one.crowds for i, one in looks.items() if one.crowds}
    yield seen.of_images("crowd", dict.fromkeys(crowds, ""), crowds)
    nothing = [
        i
        for i, one in looks.items()
        if not len(one.objects.labels)
        and not one.crowds
        # Whose objects cannot be drawn, they are counted there.
        and one.kind != "wrong_outline"
    ]
    yield seen.of_images("image_without_object", dict.fromkeys(nothing, ""))


def _duplicates(seen: SeenSplits) -> Iterator[Finding]:
    """In each split of the splits before it, and of itself."""
    hashes = [look.hash for look in seen.looks]
    between: dict[int, int] = {}
    within: dict[int, int] = {}
    start = 0
    for split in seen.splits:
        end = start + len(split.looks)
        own = hashes[start:end]
        for image, other in first_alike(own, hashes[:start]).items():
            between[start + image] = other
        for image, other in first_alike(own).items():
            within[start + image] = start + other
        start = end
    for kind, found in (
        ("duplicate_between_splits", between),
        ("duplicate_in_split", within),
    ):
        found = dict(sorted(found.items()))
        texts = {
            image: f"like {seen.split(other)}: {image_name(seen.record(other))}"
            for image, other in found.items()
        }
        yield seen.of_images(kind, texts, others=found)


# === What is wrong with objects ===


def _classes(seen: SeenSplits, few: int) -> Iterator[Finding]:
    counts = seen.class_counts()
    train = "train" if "train" in counts else next(iter(counts))
    found: dict[str, list[Example]] = {
        kind: []
        for kind in (
            "class_without_object",
            "class_not_in_train",
            "few_objects",
        )
    }
    nowhere: list[Example] = []
    for label, name in enumerate(seen.class_names):
        number = {split: one[label] for split, one in counts.items()}
        if not sum(number.values()):
            found["class_without_object"].append(Example(train, name))
            continue
        if not number[train]:
            found["class_not_in_train"].append(Example(train, name))
        elif number[train] < few:
            text = f"{name}: {number[train]}"
            found["few_objects"].append(Example(train, text))
        nowhere += [
            Example(split, name)
            for split, count in number.items()
            if not count and split != train
        ]
    for kind, examples in found.items():
        yield Finding(kind, {train: len(examples)}, tuple(examples[:FIRST]))
    splits = [example.split for example in nowhere]
    yield Finding(
        "class_not_in_split",
        {split: splits.count(split) for split in counts if split in splits},
        tuple(nowhere[:FIRST]),
    )


def _objects(
    seen: SeenSplits, objects: CanvasObjects, size: Size, levels: Levels
) -> Iterator[Finding]:
    counts = count_objects(objects, size, levels)
    tiny = (objects.areas > 0) & (objects.areas < MASK_STRIDE**2)
    for kind, chosen in (
        ("hidden_object", counts.hidden),
        ("unassigned_object", counts.unassigned),
        ("tiny_object", tiny),
        ("collision", counts.sharing),
    ):
        yield seen.of_objects(kind, chosen)


def _beyond(seen: SeenSplits, kind: str, most: int | None) -> Finding:
    """Images with more objects than there is room for."""
    counts = seen.table.counts
    found = [] if most is None else np.flatnonzero(counts > most).tolist()
    return seen.of_images(kind, {i: f"{counts[i]} objects" for i in found})
