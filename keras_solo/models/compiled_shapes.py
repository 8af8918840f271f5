"""Which batches a model's prediction is compiled for."""

from __future__ import annotations

MAX_SHAPES = 64

Shape = tuple[int, ...]


class CompiledShapes:
    """The shapes `(B, H, W, 3)` of the batches that were predicted.

    Each is compiled once. Beyond `MAX_SHAPES` of them what was compiled
    should be dropped, so that a stream of odd images does not fill the memory.

    Example:

    >>> shapes = CompiledShapes()
    >>> shapes.remember((8, 64, 96, 3))
    False
    >>> shapes.batch_size(5, (64, 96, 3), default=16)
    8
    """

    def __init__(self) -> None:
        self.shapes: set[Shape] = set()

    def batch_size(self, count: int, canvas: Shape, default: int) -> int:
        """The smallest batch that is compiled already and holds `count`.

        Args:
            count: Canvases that are there.
            canvas: `(H, W, 3)`.
            default: The answer if no batch is compiled that holds them.
        """
        compiled = [n for n, *rest in self.shapes if rest == list(canvas)]
        return min([n for n in compiled if n >= count], default=default)

    def remember(self, shape: Shape) -> bool:
        """Notes a shape; whether there are too many, and all were forgotten."""
        full = shape not in self.shapes and len(self.shapes) >= MAX_SHAPES
        if full:
            self.shapes.clear()
        self.shapes.add(shape)
        return full
