"""A video file of frames, whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import pathlib
import types
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo._printable import printable
from keras_solo._whole_files import NotWritten, whole_file
from keras_solo.data.video import VideoError, open_video
from keras_solo.data.video_encoders import ENCODERS, Encoder, chosen_codec
from keras_solo.geometry.size import Size

SUFFIX = ".mp4"
# Frames a second that the format can express in all codecs.
FEWEST, MOST = 0.01, 1000


class _Abandoned(Exception):
    """Within: the file is given up, for reasons of those who write it."""


class VideoWriter:
    """Writes frames to an MP4 file, in a `with` statement.

    The file is written beside its name, read back, and takes its name at the
    end. After an error, or without a frame, nothing of it is left, and what
    was there before still is.

    Sides of H.264 and MPEG-4 are even: where a side of the frames is odd, its
    last row or column is written twice. `size` is that of the video.

    Args:
        path: The file; it ends in `.mp4`.
        fps: Frames a second.
        codec: `"h264"` by PyAV, `pip install "keras-solo[video]"`, which every
            browser shows; `"mp4v"` by OpenCV, which needs nothing else and
            which most players show, but few browsers; or `"auto"`: the former
            where PyAV is installed. The attribute `codec` is the one that is
            written.

    Raises:
        ValueError: If there is another suffix or codec, or no such `fps`.
        ImportError: If H.264 is asked for and PyAV is not installed.
        NotWritten: If the folder is missing; later, if the disk is full.

    Example:

    >>> with VideoWriter("dark.mp4", fps=25, codec="mp4v") as writer:
    ...     for number in range(5):
    ...         writer.write(np.zeros((47, 64, 3), np.uint8))
    >>> writer.codec, writer.count, writer.size
    ('mp4v', 5, (48, 64))
    """

    def __init__(
        self, path: str | os.PathLike[str], fps: float, codec: str = "auto"
    ) -> None:
        self.path: pathlib.Path = pathlib.Path(path)
        if self.path.suffix.lower() != SUFFIX:
            raise ValueError(
                f"Expected a video file that ends in {SUFFIX}. "
                f"Received: {printable(str(path))}"
            )
        if not FEWEST <= fps <= MOST:
            raise ValueError(
                f"Expected from {FEWEST} to {MOST} frames a second. "
                f"Received: fps={fps}"
            )
        if not self.path.parent.is_dir():
            error = FileNotFoundError(2, "there is no such folder")
            raise NotWritten(self.path, error)
        self.fps: float = float(fps)
        self.codec: str = chosen_codec(codec)
        self.size: Size | None = None
        self.count: int = 0
        self._shape: tuple[int, ...] | None = None
        self._encoder: Encoder | None = None
        self._new: pathlib.Path | None = None
        self._place = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._new = self._place.enter_context(whole_file(self.path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Ends the file, or leaves nothing of it after an error."""
        if kind is None:
            # Errors of its end come after it, and leave nothing, either.
            with self._place.pop_all():
                self._finish()
        else:
            with contextlib.suppress(OSError):
                self._end_encoder()
            with contextlib.suppress(_Abandoned), self._place.pop_all():
                raise _Abandoned

    def write(self, frame: npt.ArrayLike) -> None:
        """Adds a frame.

        Args:
            frame: uint8 RGB `(height, width, 3)`, or a
                `keras_solo.visualization.Picture`; all of one size.

        Raises:
            ValueError: If it is something else, or of another size than the
                first.
            NotWritten: If it cannot be written.
        """
        image = np.asarray(frame)
        wrong = image.dtype != np.uint8 or image.ndim != 3
        if wrong or image.shape[2] != 3 or not image.size:
            raise ValueError(
                "Expected a frame of uint8 RGB (height, width, 3). Received: "
                f"{image.dtype} of shape {image.shape}"
            )
        if self._shape not in (None, image.shape):
            raise ValueError(
                f"Expected a frame of the shape of the first, {self._shape}. "
                f"Received: {image.shape}"
            )
        self._encode(_even(image))
        self._shape = image.shape
        self.count += 1

    def _encode(self, image: np.ndarray) -> None:
        if self._new is None:
            raise ValueError(
                "Expected frames within `with VideoWriter(...) as writer:`. "
                "Received: one before"
            )
        try:
            if self._encoder is None:
                self.size = image.shape[0], image.shape[1]
                encoder = ENCODERS[self.codec]
                self._encoder = encoder(self._new, self.fps, self.size)
            self._encoder.write(image)
        except OSError as error:
            raise NotWritten(self.path, error) from error

    def _end_encoder(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close()

    def _finish(self) -> None:
        """Ends the file and looks whether it is a video."""
        if self._encoder is None or self._new is None:
            raise VideoError(
                f"{printable(str(self.path))}: no frame was written, and there "
                "is no video without one."
            )
        self._end_encoder()
        try:
            found = open_video(self._new).count
        except VideoError as error:
            raise OSError("what was written is no video") from error
        if found != self.count:
            raise OSError(f"of {self.count} frames {found} were written")


def _even(image: np.ndarray) -> np.ndarray:
    """The image with even sides, its last row or column twice where needed."""
    height, width, _ = image.shape
    if height % 2 or width % 2:
        edges = 0, height % 2, 0, width % 2
        image = cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(image)
