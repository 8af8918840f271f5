"""In which dtype mask probabilities leave the device."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from keras import ops

from keras_solo._tensor import Tensor

MaskDtype: TypeAlias = Literal["float32", "uint8"]

MASK_DTYPES: tuple[str, ...] = get_args(MaskDtype)
FULL = 255


def checked_mask_dtype(mask_dtype: str) -> None:
    """Raises a `ValueError` if it is not a `MaskDtype`."""
    if mask_dtype not in MASK_DTYPES:
        raise ValueError(
            'Expected mask_dtype to be "float32" or "uint8". '
            f"Received: mask_dtype={mask_dtype!r}"
        )


def as_bytes(masks: Tensor) -> Tensor:
    """Probabilities in steps of 1/255; what is below 0 becomes 0.

    Args:
        masks: Float probabilities, -1 in empty slots.

    Returns:
        uint8 tensor of the same shape, 255 times the probabilities.

    Example:

    >>> import numpy as np
    >>> ops.convert_to_numpy(as_bytes(np.float32([-1, 0, 0.5, 1]))).tolist()
    [0, 0, 128, 255]
    """
    return ops.cast(ops.round(ops.maximum(masks, 0.0) * FULL), "uint8")


def threshold_among(masks: np.ndarray, threshold: float) -> float:
    """A threshold of probabilities, in the unit of fetched masks."""
    return threshold * FULL if masks.dtype == np.uint8 else threshold
