"""How a model is exported."""

from __future__ import annotations

import dataclasses
import numbers

from keras_solo._printable import shown
from keras_solo.export.formats import Format
from keras_solo.geometry import Letterbox
from keras_solo.models.mask_dtype import MaskDtype, checked_mask_dtype


@dataclasses.dataclass(frozen=True)
class Settings:
    """What `export` is asked for, checked.

    Args:
        format: The format.
        letterbox: With a canvas of one size.
        batch_size: B, or None for any.
        mask_dtype: `"float32"` or `"uint8"`.
        weights_dtype: One of those that the format has.

    Raises:
        ValueError: If one is none of the above.
    """

    format: Format
    letterbox: Letterbox
    batch_size: int | None
    mask_dtype: MaskDtype
    weights_dtype: str

    def __post_init__(self) -> None:
        checked_mask_dtype(self.mask_dtype)
        size = self.batch_size
        if size is not None and not (
            isinstance(size, numbers.Integral) and int(size) >= 1
        ):
            raise ValueError(
                "Expected a batch_size of at least 1, or None for any. "
                f"Received: batch_size={shown(size)}"
            )
        if self.weights_dtype not in self.format.weights_dtypes:
            known = " or ".join(map(repr, self.format.weights_dtypes))
            raise ValueError(
                f"Expected weights_dtype={known} for the format "
                f"{self.format.name}. "
                f"Received: weights_dtype={shown(self.weights_dtype)}"
            )

    def as_options(self) -> list[str]:
        """The same for `keras-solo export`."""
        options: dict[str, list[str]] = {
            "--format": [self.format.name],
            "--image-size": [str(n) for n in self.letterbox.image_size],
            "--batch-size": [str(self.batch_size)] if self.batch_size else [],
            "--mask-dtype": [self.mask_dtype],
            "--weights-dtype": [self.weights_dtype],
        }
        return [
            word
            for name, values in options.items()
            if values
            for word in (name, *values)
        ]
