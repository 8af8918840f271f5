"""Random weights from NumPy: the same on every backend, at once."""

import math
import random
from collections.abc import Sequence
from typing import TypeAlias

import keras
import numpy as np
from keras import ops

from keras_solo._tensor import Tensor

# What Keras takes for an initializer: one, its name, or its config.
InitializerLike: TypeAlias = (
    keras.initializers.Initializer | str | dict[str, object]
)
MODES = ("fan_in", "fan_out", "fan_avg")


@keras.saving.register_keras_serializable(package="keras_solo")
class ScaledRandom(keras.initializers.Initializer):
    """Normal or uniform numbers around zero, drawn by NumPy.

    The initializers of Keras draw with the backend: other numbers on each,
    and on some a compilation for every new shape. These are the same
    everywhere for one seed (that of `keras.utils.set_random_seed`, if none
    is given), and cost what NumPy costs.

    Args:
        stddev: Standard deviation. By default `sqrt(scale / fan)`.
        scale: 2 is He's, 1 is Glorot's (with `mode="fan_avg"`).
        mode: Which fan of a convolution kernel `(h, w, in, out)` counts:
            `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        uniform: Whether numbers are uniform instead of normal, with the same
            standard deviation.
        seed: An integer.

    Example:

    >>> ScaledRandom(stddev=0.01, seed=1)((3, 3, 8, 16)).shape == (3, 3, 8, 16)
    True
    """

    def __init__(
        self,
        stddev: float | None = None,
        scale: float = 2.0,
        mode: str = "fan_in",
        uniform: bool = False,
        seed: int | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(
                f"Expected mode to be one of {MODES}. Received: {mode!r}"
            )
        self.stddev = stddev
        self.scale = scale
        self.mode = mode
        self.uniform = uniform
        self.seed = random.randint(1, 10**9) if seed is None else seed

    def __call__(
        self, shape: Sequence[int], dtype: str | None = None
    ) -> Tensor:
        shape = tuple(shape)
        deviation = self.stddev or math.sqrt(self.scale / self._fan(shape))
        rng = np.random.default_rng([self.seed, *shape])
        if self.uniform:
            limit = math.sqrt(3.0) * deviation
            values = rng.uniform(-limit, limit, shape)
        else:
            values = rng.normal(0.0, deviation, shape)
        return ops.convert_to_tensor(
            values.astype("float32"), dtype or keras.config.floatx()
        )

    def _fan(self, shape: tuple[int, ...]) -> float:
        receptive = math.prod(shape[:-2])
        fans: dict[str, float] = {
            "fan_in": shape[-2] * receptive,
            "fan_out": shape[-1] * receptive,
        }
        fans["fan_avg"] = (fans["fan_in"] + fans["fan_out"]) / 2
        return fans[self.mode]

    def get_config(self) -> dict[str, object]:
        return {
            "stddev": self.stddev,
            "scale": self.scale,
            "mode": self.mode,
            "uniform": self.uniform,
            "seed": self.seed,
        }


def fresh(
    initializer: keras.initializers.Initializer,
) -> keras.initializers.Initializer:
    """A copy that draws other numbers: one seeded initializer repeats its own.

    Initializers without a seed of their own come back as they are.
    """
    config = initializer.get_config()
    if "seed" not in config:
        return initializer
    return type(initializer).from_config({**config, "seed": None})
