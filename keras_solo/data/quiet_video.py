"""OpenCV and FFmpeg without what they write of videos on the terminal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import cv2

LEVEL = "OPENCV_FFMPEG_LOGLEVEL"
QUIET = "-8"  # AV_LOG_QUIET


@contextlib.contextmanager
def quiet_video() -> Iterator[None]:
    """Videos that are opened within say nothing, also not when they are read.

    OpenCV looks at the environment whenever it opens a video. A level that
    the user has set there counts; what is changed is changed back.
    """
    before = cv2.utils.logging.getLogLevel()
    chosen = LEVEL in os.environ
    os.environ.setdefault(LEVEL, QUIET)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
        if not chosen:
            os.environ.pop(LEVEL, None)
