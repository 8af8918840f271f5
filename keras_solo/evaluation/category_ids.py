"""Which class of a dataset a model means, by name: written here only."""

from __future__ import annotations

from collections.abc import Sequence

from keras_solo.data.categories import listed
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.formats.reading import UNNAMED
from keras_solo.models.solov2 import SOLOv2


def category_ids_of_labels(
    model: SOLOv2, dataset: InstanceDataset
) -> tuple[int, ...]:
    """The dataset's category id of each of the model's labels.

    Classes are matched by name where both have names, else label by label.

    Args:
        model: A `SOLOv2`.
        dataset: The dataset.

    Returns:
        One id a label.

    Raises:
        ValueError: If the model and the dataset do not have the same classes;
            the message names those that differ.
    """
    ids = tuple(dataset.category_ids)
    if model.class_names is None or dataset.class_names is None:
        if model.num_classes != len(ids):
            raise ValueError(
                f"The model has {model.num_classes} classes, the dataset has "
                f"{len(ids)}."
            )
        return ids
    missing = _without(dataset.class_names, model.class_names)
    unknown = _without(model.class_names, dataset.class_names)
    if missing or unknown:
        hint = " Where files name no class, class_name= or --class-name does."
        raise ValueError(
            "Expected a model and a dataset with the same classes. "
            f"Only the dataset has: {listed(map(repr, missing), most=10)}. "
            f"Only the model has: {listed(map(repr, unknown), most=10)}."
            f"{hint if missing == [UNNAMED] else ''}"
        )
    by_name = dict(zip(dataset.class_names, ids, strict=True))
    return tuple(by_name[name] for name in model.class_names)


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name not in set(others)]
