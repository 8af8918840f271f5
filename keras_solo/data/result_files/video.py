"""Videos with the instances drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from keras_solo.data.result_files.result import Result, ResultKind
from keras_solo.data.video_writer import VideoWriter


class Videos(ResultKind):
    """`CLIP.mp4` of each video, see `VideoWriter`."""

    codec: str | None = None

    @contextlib.contextmanager
    def video(self, name: str, fps: float) -> Iterator[None]:
        """Writes a video, of which nothing is left after an error."""
        with VideoWriter(self.path(f"{name}.mp4"), fps) as self._writer:
            yield
        self.codec = self._writer.codec

    def add(self, result: Result) -> None:
        """Draws a frame."""
        self._writer.write(np.asarray(result.drawn))
