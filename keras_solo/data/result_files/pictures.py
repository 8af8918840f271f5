"""Pictures with the instances drawn."""

from __future__ import annotations

from keras_solo.data.result_files.result import Result, ResultKind


class Pictures(ResultKind):
    """`NAME.png` of each image, and `CLIP/000012.png` of each frame."""

    def add(self, result: Result) -> None:
        """Writes a picture."""
        result.drawn.save(self.path(f"{result.name}.png"))
