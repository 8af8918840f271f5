"""A video in, the instances of each of its frames out."""

from __future__ import annotations

import collections
import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.data.video import Video, open_video
from keras_solo.inference.chosen_stream import check_choice, chosen_stream
from keras_solo.inference.tiling import Tiling
from keras_solo.inference.tracks import Tracker, Tracks
from keras_solo.inference.tta import TTA
from keras_solo.models.mask_dtype import MaskDtype, checked_mask_dtype
from keras_solo.models.progress import Progress, checked_verbose, verbosity
from keras_solo.models.solov2 import SOLOv2


class VideoFrame(NamedTuple):
    """What was found in a frame.

    `number` counts the frames of the file from 0, `time` is in seconds.
    """

    number: int
    time: float
    instances: Instances


def segment_video(
    model: SOLOv2,
    path: str | os.PathLike[str],
    *,
    batch_size: int = 8,
    min_score: float = 0.0,
    every: int = 1,
    track: bool | Tracker = False,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
    mask_dtype: MaskDtype = "float32",
    verbose: str | int = "auto",
) -> Iterator[VideoFrame]:
    """Finds the instances of each frame of a video.

    Frames are read as they are needed: of a video of any length no more than a
    batch and a few frames are in memory.

    Args:
        model: A `SOLOv2`.
        path: A video file, as `open_video` takes it.
        batch_size: Frames that are predicted at once.
        min_score: Instances with a lower score are left out.
        every: Of so many frames the first is segmented.
        track: Whether objects are followed from frame to frame, by a `Tracker`
            or one with its defaults: then the instances have `track_ids`.
        tiled: Whether frames are segmented in tiles, as by `segment_tiled`:
            `True`, or a `Tiling`.
        tta: Whether several views of each frame are segmented, as by
            `segment_tta`: `True`, or a `TTA`.
        mask_dtype: As `SOLOv2.segment_stream`.
        verbose: 0 for silence, 1 for a progress bar, 2 for a line every few
            seconds; `"auto"` is 1 on a terminal and 2 elsewhere.

    Yields:
        `VideoFrame(number, time, instances)` in the order of the file. The
        instances have the frame as their `image`.

    Raises:
        VideoError: If the file is missing, damaged, or no video.
        ValueError: With both `tiled` and `tta`, or if an argument is none of
            the above.

    Example:

    ```python
    with keras_solo.data.VideoWriter("found.mp4", fps=25) as writer:
        for frame in segment_video(model, "street.mp4", track=True):
            writer.write(frame.instances.plot(scale=1))
    ```
    """
    checked_mask_dtype(mask_dtype)
    checked_verbose(verbose)
    check_choice(tiled, tta)
    _check_track(track)
    for name, value in (("batch_size", batch_size), ("every", every)):
        if value < 1:
            raise ValueError(
                f"Expected {name} of at least 1. Received: {name}={value}"
            )
    video = open_video(path)
    shown = verbosity() if verbose == "auto" else int(verbose)
    total = None if video.count is None else -(-video.count // every)
    waiting: collections.deque[tuple[int, float]] = collections.deque()
    found = chosen_stream(
        model,
        _images(video, every, waiting),
        batch_size,
        tiled,
        tta,
        min_score=min_score,
        mask_dtype=mask_dtype,
    )
    chosen = Tracker() if track is True else track or None
    return _results(found, waiting, chosen, Progress(total, "frame", shown))


def _check_track(track: object) -> None:
    if not isinstance(track, bool | Tracker):
        raise ValueError(
            "Expected track to be True, False or a Tracker. "
            f"Received: track={track!r}"
        )


def _images(
    video: Video, every: int, waiting: collections.deque[tuple[int, float]]
) -> Iterator[np.ndarray]:
    """The frames of a video; whose turn it is, waits."""
    for frame in video.frames(every):
        waiting.append((frame.number, frame.time))
        yield frame.image


def _results(
    found: Iterator[tuple[int, Instances | ImageError]],
    waiting: collections.deque[tuple[int, float]],
    tracker: Tracker | None,
    progress: Progress,
) -> Iterator[VideoFrame]:
    """What was found in each frame, beside its number and time."""
    tracks = None if tracker is None else Tracks(tracker)
    done = 0
    for index, instances in found:
        if isinstance(instances, ImageError):
            raise instances
        number, time = waiting.popleft()
        if tracks is not None:
            instances = tracks.update(time, instances)
        done = index + 1
        progress.update(done)
        yield VideoFrame(number, time, instances)
    progress.end(done)
