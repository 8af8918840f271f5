"""Videos: their frames one after the other, as 8-bit RGB with their times."""

from __future__ import annotations

import dataclasses
import math
import os
import pathlib
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._printable import counted, printable
from keras_solo.data.image_size import image_size
from keras_solo.data.quiet_video import quiet_video
from keras_solo.geometry.size import Size

# Files whose name says that there is nothing to see, but perhaps a cover.
SOUNDS = (".aac", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav")
# What is taken where a file does not say it, as FFmpeg does.
FPS = 25.0
# Enough to know an image by its header.
HEADER = 1 << 16
# Counts in headers are often estimates: so much less is no damage.
SHORT = 0.01


class VideoError(ValueError):
    """A video file that is missing, damaged, or none. It names the file."""


class Frame(NamedTuple):
    """A frame of a video: `number` from 0, `time` in seconds, `image`."""

    number: int
    time: float
    image: np.ndarray


@dataclasses.dataclass(frozen=True)
class Video:
    """A video file, as `open_video` found it.

    Args:
        path: The file.
        size: (height, width) of its frames in pixels, turned upright as the
            file says.
        fps: Frames a second, on average.
        count: How many frames its header says that there are, or None.
            Often an estimate.
    """

    path: pathlib.Path
    size: Size
    fps: float
    count: int | None

    def frames(self, every: int = 1) -> Iterator[Frame]:
        """Reads the video from its beginning, frame by frame.

        Warns at the end if there were clearly fewer frames than the header
        says: then the file is damaged, or cut short.

        Args:
            every: Of so many frames the first is returned, and the others are
                not; numbers and times are those in the file.

        Yields:
            `Frame(number, time, image)`: time in seconds as the file says it
            (else the number by `fps`), uint8 RGB `(height, width, 3)`.

        Raises:
            VideoError: If the file cannot be read any longer.
            ValueError: If `every` is less than 1.
        """
        if every < 1:
            raise ValueError(
                f"Expected every of at least 1. Received: every={every}"
            )
        return self._frames(every)

    def _frames(self, every: int) -> Iterator[Frame]:
        capture = _opened(self.path)
        number = 0
        try:
            while capture.grab():
                time = _time(capture, number, self.fps)
                if number % every == 0:
                    read, image = capture.retrieve()
                    if not read:
                        break
                    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                    yield Frame(number, time, rgb)
                number += 1
        finally:
            capture.release()
        if self.count and number < self.count * (1 - SHORT) - 1:
            warnings.warn(
                f"{printable(str(self.path))}: the video ends after "
                f"{counted(number, 'frame')}, although its header says "
                f"{self.count}: it is damaged, or cut short.",
                stacklevel=2,
            )


def open_video(path: str | os.PathLike[str]) -> Video:
    """Opens a video file of any format that OpenCV reads.

    Its sound is not read. Videos that a telephone marks as turned are turned
    upright.

    Args:
        path: The file, such as an MP4, MOV, AVI, MKV or WebM.

    Raises:
        VideoError: If it is missing, damaged, cut short so that nothing can be
            read, an image, or sound without pictures.

    Example:

    >>> frames = np.zeros((3, 48, 64, 3), np.uint8)
    >>> from keras_solo.data import VideoWriter
    >>> with VideoWriter("dark.mp4", fps=10) as writer:
    ...     for frame in frames:
    ...         writer.write(frame)
    >>> video = open_video("dark.mp4")
    >>> video.size, video.fps, video.count
    ((48, 64), 10.0, 3)
    >>> [(frame.number, frame.time) for frame in video.frames(every=2)]
    [(0, 0.0), (2, 0.2)]
    """
    path = pathlib.Path(path)
    _check(path)
    capture = _opened(path)
    try:
        read, image = capture.read()
        if not read:
            raise VideoError(f"{_named(path)}: the video has no frame.")
        fps = capture.get(cv2.CAP_PROP_FPS)
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    finally:
        capture.release()
    return Video(
        path,
        (image.shape[0], image.shape[1]),
        fps if math.isfinite(fps) and fps > 0 else FPS,
        int(count) if math.isfinite(count) and count > 0 else None,
    )


def _named(path: pathlib.Path) -> str:
    return printable(str(path))


def _check(path: pathlib.Path) -> None:
    """What can be said of a file before OpenCV sees it."""
    if not str(path).isprintable():
        raise VideoError(
            f"{_named(path)}: expected a name of signs that can be printed; "
            "OpenCV may end the process at others."
        )
    try:
        with open(path, "rb") as file:
            start = file.read(HEADER)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VideoError(
            f"{_named(path)}: cannot be read: {reason}."
        ) from error
    if not start:
        raise VideoError(f"{_named(path)}: the file is empty.")
    if path.suffix.lower() in SOUNDS:
        raise VideoError(
            f"{_named(path)}: expected a video, received a file of sound."
        )
    # A GIF may move.
    if image_size(start) and not start.startswith(b"GIF8"):
        raise VideoError(
            f"{_named(path)}: expected a video, received an image."
        )


def _opened(path: pathlib.Path) -> cv2.VideoCapture:
    known = cv2.CAP_FFMPEG in cv2.videoio_registry.getStreamBackends()
    # Others would take a name with a number in it for a row of images.
    backend = cv2.CAP_FFMPEG if known else cv2.CAP_ANY
    with quiet_video():
        # Absolute, so that nothing in it is taken for an address.
        capture = cv2.VideoCapture(str(path.absolute()), backend)
    if not capture.isOpened():
        raise VideoError(
            f"{_named(path)}: there is no video in it that OpenCV can read: "
            "it is damaged or cut short, of another format, or sound alone."
        )
    return capture


def _time(capture: cv2.VideoCapture, number: int, fps: float) -> float:
    """Seconds of the frame that was grabbed."""
    milliseconds = capture.get(cv2.CAP_PROP_POS_MSEC)
    if math.isfinite(milliseconds) and (milliseconds > 0 or not number):
        return max(float(milliseconds), 0.0) / 1000
    return number / fps
