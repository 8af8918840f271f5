"""From canvases to what the decoder finds, compiled once a shape."""

from __future__ import annotations

import threading

from keras_solo._backend.compiled_step import Model, Step, compile_step
from keras_solo._backend.heap import give_back_memory
from keras_solo._tensor import Tensor

MAX_SHAPES = 64

Shape = tuple[int, ...]


class CompiledPrediction:
    """A compiled step for any number of threads, and the shapes it knows.

    Each shape `(B, H, W, 3)` of a batch is compiled once. Beyond `MAX_SHAPES`
    of them what was compiled is dropped, so that a stream of odd images does
    not fill the memory.

    Args:
        model: The model whose weights are used.
        function: From canvases `(B, H, W, 3)` to a dict of tensors.
    """

    def __init__(self, model: Model, function: Step) -> None:
        self.model = model
        self.function = function
        self.shapes: set[Shape] = set()
        self.step: Step | None = None
        self.lock: threading.RLock = threading.RLock()

    def __call__(self, canvases: Tensor) -> dict[str, Tensor]:
        """What is found, on the device."""
        shape, step = tuple(canvases.shape), self.step
        if step is not None and shape in self.shapes:
            return step(canvases)
        # One thread compiles, and those of other shapes go on.
        with self.lock:
            found = self._step(shape)(canvases)
            self.shapes.add(shape)
            give_back_memory()
        return found

    def _step(self, shape: Shape) -> Step:
        if shape not in self.shapes and len(self.shapes) >= MAX_SHAPES:
            self.forget()
        if self.step is None:
            self.step = compile_step(self.model, self.function)
        return self.step

    def batch_size(self, count: int, canvas: Shape, default: int) -> int:
        """The smallest batch that is compiled already and holds `count`.

        Args:
            count: Canvases that are there.
            canvas: `(H, W, 3)`.
            default: The answer if no batch is compiled that holds them.
        """
        known = tuple(self.shapes)  # which other threads may add to
        compiled = [n for n, *rest in known if rest == list(canvas)]
        return min([n for n in compiled if n >= count], default=default)

    def forget(self) -> None:
        """Drops what was compiled."""
        with self.lock:
            self.shapes.clear()
            self.step = None
