"""What was found in images and videos, written in formats of one's choice."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple, Self

from keras_solo.data.categories import different_ids, different_names
from keras_solo.data.instances import Instances
from keras_solo.data.result_files.coco import Coco
from keras_solo.data.result_files.label_maps import LabelMaps
from keras_solo.data.result_files.labelme import LabelMe
from keras_solo.data.result_files.one_writer import one_writer
from keras_solo.data.result_files.pictures import Pictures
from keras_solo.data.result_files.result import Result, ResultKind
from keras_solo.data.result_files.result_names import ResultNames
from keras_solo.data.result_files.table import Table
from keras_solo.data.result_files.video import Videos
from keras_solo.data.result_files.yolo import Yolo
from keras_solo.data.video import VideoError

# The drawn video is last: it is the first to be completed, and if it cannot be
# there are no rows about it, either.
KINDS: dict[str, type[ResultKind]] = {
    "pictures": Pictures,
    "coco": Coco,
    "yolo": Yolo,
    "labelme": LabelMe,
    "csv": Table,
    "label-maps": LabelMaps,
    "video": Videos,
}
OF_IMAGES = tuple(kind for kind in KINDS if kind != "video")
# LabelMe opens images alone.
OF_VIDEOS = tuple(kind for kind in KINDS if kind != "labelme")


class WrittenVideo(NamedTuple):
    """What `ResultWriter.write_video` has written.

    Attributes:
        frames: How many.
        path: The drawn video, None where none was asked for.
        codec: How it is compressed.
    """

    frames: int
    path: pathlib.Path | None
    codec: str | None


class ResultWriter:
    """Writes results into a folder while they come, used in a with-statement.

    | kind | files |
    |---|---|
    | `pictures` | `NAME.png`, drawn instances; of frames `CLIP/000012.png` |
    | `coco` | `results.json`: all instances, masks as run lengths |
    | `yolo` | `yolo/labels/NAME.txt`, and `yolo/data.yaml` with the classes |
    | `labelme` | `labelme/NAME.json`, which says where the image is |
    | `csv` | `results.csv`: a row for each instance, without its mask |
    | `label-maps` | `label-maps/NAME.png`, 16 bits: 0, and 1, 2, ... |
    | `video` | `CLIP.mp4`, the instances drawn |

    `NAME` is that of the image without its suffix, with a number where two
    would be the same. Every file is there as a whole or not at all, and other
    files in the folder stay. `results.json` and `results.csv` get their names
    when the with-statement ends without an error. Memory does not grow with
    the number of instances.

    Args:
        folder: Gets the files; it is made.
        images: Kinds of files about images, all but `video`.
        videos: Kinds of files about videos, all but `labelme`.
        class_names: Names of all classes, label by label.
        category_ids: The category id of each label; 1, 2, 3, ... by default.
        sources: All files that will be read, where they are known. Names are
            given in this order, and none of these files is written over.

    Raises:
        ValueError: If there is no such kind.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> dataset = ShapesDataset(1)
    >>> found = Instances.from_record(dataset[0], dataset.class_names)
    >>> with ResultWriter(
    ...     "out", ["csv", "label-maps"], class_names=dataset.class_names
    ... ) as writer:
    ...     writer.write_image("photos/street.jpg", found)
    >>> sorted(path.name for path in pathlib.Path("out").iterdir())
    ['label-maps', 'results.csv']
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        images: Iterable[str] = ("pictures", "coco"),
        videos: Iterable[str] = (),
        *,
        class_names: Iterable[str],
        category_ids: Iterable[int] | None = None,
        sources: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        root, names = pathlib.Path(folder), different_names(class_names)
        if category_ids is None:
            category_ids = range(1, len(names) + 1)
        ids = different_ids(category_ids, len(names))
        categories = dict(zip(ids, names, strict=True))
        of_images = _checked("images", images, OF_IMAGES)
        of_videos = _checked("videos", videos, OF_VIDEOS)
        self.folder = root
        self._kinds = {
            kind: files(root, categories)
            for kind, files in KINDS.items()
            if kind in (of_images | of_videos)
        }
        self.images: list[str] = [k for k in self._kinds if k in of_images]
        self.videos: list[str] = [k for k in self._kinds if k in of_videos]
        self._names = ResultNames(root, sources)
        self._stack: contextlib.ExitStack | None = None

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(one_writer(self.folder))
            for kind in self._kinds.values():
                stack.enter_context(kind.opened())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stack is not None:
            self._stack.__exit__(kind, error, trace)
            self._stack = None

    def write_image(
        self,
        source: str | os.PathLike[str],
        instances: Instances,
        drawn: Instances | None = None,
    ) -> None:
        """Writes what was found in an image.

        Args:
            source: The file of the image.
            instances: In its pixels. Their `image` is what they are drawn on.
            drawn: What is drawn instead, such as an `overview` of an image
                that is too large.

        Raises:
            OSError: If a file cannot be written; it is named.
            ValueError: If a file cannot hold them, as a label map with more
                than 65,535 instances; and outside a with-statement.
        """
        name = self._names.of(source)
        self._add(self.images, source, name, instances, drawn=drawn)

    def write_video(
        self,
        source: str | os.PathLike[str],
        frames: Iterable[tuple[int, float, Instances]],
        fps: float,
    ) -> WrittenVideo:
        """Writes what was found in the frames of a video.

        After an error, also one of `frames`, there is no drawn video, and
        `results.json` and `results.csv` say nothing about it. They go on with
        others.

        Args:
            source: The file of the video.
            frames: (number, seconds, instances) of each, as `segment_video`
                yields them.
            fps: How many of these come in a second.

        Returns:
            How many frames there were, and the drawn video with its codec.

        Raises:
            OSError: As `write_image`.
            ValueError: The same.
            VideoError: If there is no frame.
        """
        name, count = self._names.of(source), 0
        with contextlib.ExitStack() as stack:
            for kind in self.videos:
                stack.enter_context(self._kinds[kind].video(name, fps))
            for number, time, instances in frames:
                frame = f"{name}/{number:06d}"
                at = (int(number), float(time))
                self._add(self.videos, source, frame, instances, *at)
                count += 1
            if not count:
                raise VideoError(f"{source}: no frame was read from it.")
        video = self._kinds.get("video")
        if not isinstance(video, Videos):
            return WrittenVideo(count, None, None)
        return WrittenVideo(count, video.drawn_path, video.codec)

    def _add(
        self,
        kinds: Iterable[str],
        source: str | os.PathLike[str],
        name: str,
        instances: Instances,
        frame: int | None = None,
        time: float | None = None,
        drawn: Instances | None = None,
    ) -> None:
        if self._stack is None:
            raise ValueError(
                "Expected to be in a with-statement: `with ResultWriter(...) "
                "as writer:`. Received: a writer that is not open"
            )
        picture = f"{name}.png" if "pictures" in kinds else None
        source = pathlib.Path(source)
        overview = instances if drawn is None else drawn
        what = source, name, instances, overview
        result = Result(*what, picture, frame, time)
        for kind in kinds:
            self._kinds[kind].add(result)


def _checked(
    what: str, given: Iterable[str], known: tuple[str, ...]
) -> set[str]:
    kinds = [given] if isinstance(given, str) else list(given)
    if not set(kinds) <= set(known):
        raise ValueError(
            f"Expected kinds of files about {what} among {', '.join(known)}. "
            f"Received: {kinds}"
        )
    return set(kinds)
