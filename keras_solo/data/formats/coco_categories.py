"""The categories of a COCO file: read, and chosen by name."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence

from keras_solo._printable import shown
from keras_solo.data.formats.checks import AnnotationError


def read_categories(
    categories: Sequence[object], path: str | os.PathLike[str]
) -> dict[int, str]:
    """The name of each category id, in the order of ids.

    Args:
        categories: What stands in the file.
        path: The file, for messages.
    """
    try:
        pairs = sorted(
            (int(raw["id"]), str(raw["name"]))  # type: ignore[index]
            for raw in categories
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise AnnotationError(
            f'{path}: expected categories with an integer "id" and a "name". '
            f"Received: {shown(categories)}"
        ) from error
    names = dict(pairs)
    if len(names) < len(pairs) or len(set(names.values())) < len(pairs):
        raise AnnotationError(
            f"{path}: categories share an id or a name: {shown(pairs)}."
        )
    return names


def choose_categories(
    known: Mapping[int, str],
    class_names: Sequence[str],
    path: str | os.PathLike[str],
) -> dict[int, str]:
    """The named categories; free ids for those that the file lacks.

    Args:
        known: The name of each category id in the file.
        class_names: Those to keep, in their order.
        path: The file, for messages.

    Raises:
        ValueError: If the names do not differ, or if there is none.
    """
    if len(set(class_names)) != len(class_names) or not class_names:
        raise ValueError(
            "Expected class names that differ from one another. "
            f"Received: class_names={class_names}"
        )
    ids = {name: id_ for id_, name in known.items()}
    missing = [name for name in class_names if name not in ids]
    if missing:
        warnings.warn(
            f"{path} has no category named {', '.join(missing)}; it has "
            f"{', '.join(ids)}.",
            stacklevel=4,
        )
    free = max(known, default=0) + 1
    for offset, name in enumerate(missing):
        ids[name] = free + offset
    return {ids[name]: name for name in class_names}
