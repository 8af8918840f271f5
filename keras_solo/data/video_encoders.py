"""What makes a video file of frames: OpenCV, or PyAV with H.264."""

from __future__ import annotations

import contextlib
import fractions
import importlib.util
import os
import pathlib
from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from keras_solo.data.quiet_video import quiet_video
from keras_solo.geometry.size import Size

CODECS = ("mp4v", "h264")
# Frame rates such as 30000 / 1001 have such denominators.
FINEST = 1_000_000


class Encoder(Protocol):
    """Takes the frames of a file that it has opened."""

    def write(self, frame: np.ndarray) -> None: ...

    def close(self) -> None: ...


def chosen_codec(codec: str) -> str:
    """The codec that frames are written with.

    Args:
        codec: `"mp4v"`, `"h264"`, or `"auto"`: H.264 where PyAV is installed.

    Raises:
        ValueError: If it is another one.
        ImportError: If it is H.264, and PyAV is not installed.
    """
    if codec not in ("auto", *CODECS):
        raise ValueError(
            'Expected codec to be "auto", "mp4v" or "h264". '
            f"Received: codec={codec!r}"
        )
    installed = _has_pyav()
    if codec == "h264" and not installed:
        raise ImportError(
            'codec="h264" needs the package av: '
            'pip install "keras-solo[video]". codec="mp4v" needs nothing.'
        )
    return ("h264" if installed else "mp4v") if codec == "auto" else codec


def _has_pyav() -> bool:
    try:
        return importlib.util.find_spec("av") is not None
    except ValueError:  # None in its place in sys.modules
        return False


class OpenCVEncoder:
    """MPEG-4 part 2 by OpenCV: it needs nothing else, few browsers show it."""

    def __init__(self, path: pathlib.Path, fps: float, size: Size) -> None:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        with quiet_video():
            self._writer = cv2.VideoWriter(str(path), code, fps, size[::-1])
        if not self._writer.isOpened():
            raise OSError(f"OpenCV writes no MPEG-4 of {_sides(size)}")

    def write(self, frame: np.ndarray) -> None:
        """Adds a frame, uint8 RGB."""
        self._writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Ends the file."""
        self._writer.release()


class PyAVEncoder:
    """H.264 by PyAV: small files that every browser shows."""

    def __init__(self, path: pathlib.Path, fps: float, size: Size) -> None:
        import av

        rate = fractions.Fraction(fps).limit_denominator(FINEST)
        self._av = av
        # The index first, so that a browser need not load all of it.
        options = {"movflags": "+faststart"}
        self._file = av.open(os.fspath(path), "w", options=options)
        self._stream = self._file.add_stream("h264", rate=rate)
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = "yuv420p"

    def write(self, frame: np.ndarray) -> None:
        """Adds a frame, uint8 RGB."""
        given = self._av.VideoFrame.from_ndarray(frame, format="rgb24")
        with self._as_os_error():
            self._file.mux(self._stream.encode(given))

    def close(self) -> None:
        """Ends the file."""
        with self._as_os_error(), self._file:
            self._file.mux(self._stream.encode())

    @contextlib.contextmanager
    def _as_os_error(self) -> Iterator[None]:
        try:
            yield
        except self._av.error.FFmpegError as error:
            size = self._stream.height, self._stream.width
            raise OSError(
                f"PyAV writes no H.264 of {_sides(size)}: {error}"
            ) from error


def _sides(size: Size) -> str:
    return f"{size[0]} x {size[1]} pixels (height x width)"


ENCODERS: dict[str, type[OpenCVEncoder] | type[PyAVEncoder]] = {
    "mp4v": OpenCVEncoder,
    "h264": PyAVEncoder,
}
