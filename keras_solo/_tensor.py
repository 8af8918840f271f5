"""The types of what passes through `keras.ops`."""

from typing import Any, TypeAlias

# A tensor of the backend that runs, or a NumPy array. No static type covers
# the tensors of three backends.
Tensor: TypeAlias = Any
# A static shape; None is a side that is known only when the model runs.
Shape: TypeAlias = tuple[int | None, ...]
