"""Which views of an image a model looks at."""

from __future__ import annotations

import dataclasses
import math
import numbers

from keras_solo._printable import shown
from keras_solo.geometry import Letterbox
from keras_solo.geometry.flipped_runs import FLIPS
from keras_solo.geometry.intensity import Intensity


@dataclasses.dataclass(frozen=True)
class TTA:
    """Test-time augmentation: each image is looked at several times.

    The views are all pairs of a flip and a scale. Time follows their number,
    and the square of the scales.

    Args:
        flips: Some of `"none"`, `"horizontal"` (left to right), `"vertical"`
            (top to bottom) and `"both"`. Take those that the model was
            trained with, or that the images do not care about: a microscope
            knows no top, a street does.
        scales: Factors on the canvas of the model's `preprocessor`, whose
            sides are then rounded to its `multiple`.

    Raises:
        ValueError: If there is no view, or one of them twice, an unknown
            flip, or a scale that is not above 0.

    Example:

    >>> TTA(("none", "vertical"), scales=(0.75, 1.0))
    TTA(flips=('none', 'vertical'), scales=(0.75, 1.0))
    """

    flips: tuple[str, ...] = ("none", "horizontal")
    scales: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        flips = _listed("flips", self.flips)
        if not all(isinstance(flip, str) and flip in FLIPS for flip in flips):
            raise ValueError(
                f"Expected flips among {tuple(FLIPS)}. Received: {shown(flips)}"
            )
        scales = _listed("scales", self.scales)
        if not all(
            isinstance(scale, numbers.Real) and 0 < float(scale) < math.inf
            for scale in scales
        ):
            raise ValueError(
                "Expected scales above 0, factors on the model's canvas. "
                f"Received: {shown(scales)}"
            )
        object.__setattr__(self, "flips", flips)
        object.__setattr__(self, "scales", scales)

    def letterboxes(self, letterbox: Letterbox) -> tuple[Letterbox, ...]:
        """That of each scale, for images whose intensities are scaled already.

        Raises:
            ValueError: If a scale leaves nothing of the canvas.
        """
        return tuple(scaled_letterbox(letterbox, one) for one in self.scales)


def _listed(name: str, values: object) -> tuple[object, ...]:
    """One or more different values."""
    several = tuple(values) if isinstance(values, list | tuple) else ()
    if not several or len(set(map(repr, several))) < len(several):
        raise ValueError(
            f"Expected {name} to be one or more different values in a tuple. "
            f"Received: {name}={shown(values)}"
        )
    return several


def scaled_letterbox(letterbox: Letterbox, scale: float) -> Letterbox:
    """A letterbox with a larger or a smaller canvas, for 8-bit images.

    Args:
        letterbox: Of a model.
        scale: The factor on its `image_size`. The sides of a fixed canvas are
            rounded to its `multiple`, those of `"fit"` to pixels.

    Raises:
        ValueError: If a side would be 0.

    Example:

    >>> scaled_letterbox(Letterbox((320, 480)), 0.8).image_size
    (256, 384)
    >>> scaled_letterbox(Letterbox((800, 1333), "fit"), 0.5).image_size
    (400, 667)
    """
    step = letterbox.multiple if letterbox.canvas == "fixed" else 1
    height, width = (
        int(side * scale / step + 0.5) * step for side in letterbox.image_size
    )
    if not (height and width):
        raise ValueError(
            f"Expected a scale that leaves a canvas of at least {step} pixels "
            f"a side. Received: scale={scale} of {letterbox.image_size} "
            "(height, width)"
        )
    return dataclasses.replace(
        letterbox, image_size=(height, width), intensity=Intensity()
    )
