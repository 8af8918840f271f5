"""Videos with the instances drawn."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator

import numpy as np

from keras_solo.data.result_files.result import Result, ResultKind
from keras_solo.data.video_writer import FEWEST, MOST, VideoWriter


class Videos(ResultKind):
    """`CLIP.mp4` of each video, see `VideoWriter`."""

    drawn_path: pathlib.Path | None = None
    codec: str | None = None

    @contextlib.contextmanager
    def video(self, name: str, fps: float) -> Iterator[None]:
        """Writes a video, of which nothing is left after an error.

        Of a rate beyond what `VideoWriter` takes the nearest is written.
        """
        path = self.path(f"{name}.mp4")
        # Every 5000th frame is a rate that the format cannot express.
        fps = min(max(fps, FEWEST), MOST)
        with VideoWriter(path, fps) as self._writer:
            yield
        self.drawn_path, self.codec = path, self._writer.codec

    def add(self, result: Result) -> None:
        """Draws a frame."""
        self._writer.write(np.asarray(result.drawn))
