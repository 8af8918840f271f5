"""What was found in an image or in a frame of a video, and what takes it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pathlib
from collections.abc import Iterator, Mapping

from keras_solo.data.instances import Instances
from keras_solo.visualization import Picture


@dataclasses.dataclass
class Result:
    """What was found in an image or in a frame.

    Args:
        source: The file of the image or of the video.
        name: What its files are called, without a suffix: `street`, or
            `clip/000012` for a frame. No other result has it.
        instances: What was found.
        overview: What is drawn: the same, or on a smaller image.
        picture: The file name of its picture, if there will be one.
        frame: The number of the frame, or None.
        time: Of the frame, in seconds, or None.
    """

    source: pathlib.Path
    name: str
    instances: Instances
    overview: Instances
    picture: str | None = None
    frame: int | None = None
    time: float | None = None

    @functools.cached_property
    def drawn(self) -> Picture:
        """The instances on their image; drawn once for all who ask."""
        return self.overview.plot()


class ResultKind:
    """Files of one kind.

    Args:
        folder: Gets them.
        categories: The name of each category id, label by label.
    """

    def __init__(
        self, folder: pathlib.Path, categories: Mapping[int, str]
    ) -> None:
        self.folder = folder
        self.categories = categories

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Around all results: completes what holds several of them."""
        yield

    @contextlib.contextmanager
    def video(self, name: str, fps: float) -> Iterator[None]:
        """Around the frames of a video: after an error none of them counts.

        Args:
            name: What its files are called, without a suffix.
            fps: How many of its frames come in a second.
        """
        yield

    def add(self, result: Result) -> None:
        """Writes one result.

        Args:
            result: Of an image, or of the next frame of a video.
        """
        raise NotImplementedError

    def path(self, *names: str) -> pathlib.Path:
        """A file in the folder, whose own folder is made.

        Args:
            *names: Of folders, and of the file.
        """
        path = self.folder.joinpath(*names)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
