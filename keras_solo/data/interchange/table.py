"""Instances as a table, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]


def to_table(
    names: Sequence[str],
    labels: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    boxes: np.ndarray,
    centers: np.ndarray,
    track_ids: np.ndarray | None = None,
) -> pandas.DataFrame:
    """A `pandas.DataFrame` of what is known of each instance but its mask.

    Args:
        names: The name of each.
        labels: `(n,)` integers.
        scores: `(n,)` floats.
        areas: `(n,)` integers, pixels.
        boxes: `(n, 4)` xyxy in pixels.
        centers: `(n, 2)` x, y in pixels.
        track_ids: `(n,)` integers, or None.

    Raises:
        ImportError: If the package `pandas` is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "to_pandas() needs the package pandas: pip install pandas"
        ) from error
    x1, y1, x2, y2 = boxes.T
    center_x, center_y = centers.T
    tracks = {} if track_ids is None else {"track_id": track_ids}
    return pandas.DataFrame(
        {
            "name": list(names),
            "label": labels,
            "score": scores,
            "area": areas,
            "x1": x1,
            "y1": y1,
            "x2": x2,
            "y2": y2,
            "center_x": center_x,
            "center_y": center_y,
            **tracks,
        }
    )
