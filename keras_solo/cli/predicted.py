"""What `keras-solo predict` finds, counted on its way to files."""

import argparse
import functools
import pathlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from keras_solo._printable import counted
from keras_solo.cli.errors import as_options, one_line
from keras_solo.cli.report import say
from keras_solo.data import (
    ImageError,
    Instances,
    ResultWriter,
    VideoError,
    load_image,
    open_video,
    open_windows,
    overview,
)
from keras_solo.data.result_writer import WrittenVideo
from keras_solo.inference import TTA, Tiling, VideoFrame, segment_video
from keras_solo.inference.chosen_stream import chosen_stream
from keras_solo.models import SOLOv2
from keras_solo.models.progress import Progress, verbosity

# What a kind of files is called in the end.
FILES = {
    "pictures": "pictures",
    "coco": "results.json",
    "yolo": "the folder yolo",
    "labelme": "the folder labelme",
    "csv": "results.csv",
    "label-maps": "the folder label-maps",
    "video": "the drawn video",
}


class Predicted:
    """Segments images and videos, and counts what is found.

    Args:
        model: A `SOLOv2`.
        writer: Gets what is found, and is open.
        options: Those of `keras-solo predict`.
        tiling: How to tile, or None.
        tta: Which views of images to segment, or None.
    """

    def __init__(
        self,
        model: SOLOv2,
        writer: ResultWriter,
        options: argparse.Namespace,
        tiling: Tiling | None = None,
        tta: TTA | None = None,
    ) -> None:
        self.model = model
        self.writer = writer
        self.options = options
        self.tiling = tiling
        self.tta = tta
        self.files: int = 0
        self.broken: int = 0
        self.images: int = 0
        self.videos: int = 0
        self.frames: int = 0
        self.instances: int = 0
        self.with_videos: bool = False
        # Known only where scores are not asked for before the merging.
        self.best: float | None = None

    def add_images(self, paths: Sequence[pathlib.Path]) -> None:
        """Segments images; what cannot be read is named."""
        progress = Progress(len(paths), "image", verbosity())
        self.files += len(paths)
        for index, found in self._stream(paths):
            progress.update(index + 1)
            if isinstance(found, ImageError):
                self._skip(found)
                continue
            best = found.scores.max(initial=-1.0)
            if best >= 0:
                self.best = max(float(best), self.best or 0.0)
            found = found[found.scores >= self.options.score]
            drawn = self._overview(paths[index], found)
            self.writer.write_image(paths[index], found, drawn)
            self.images += 1
            self.instances += len(found)

    def _stream(
        self, paths: Sequence[pathlib.Path]
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        merged = bool(self.tiling or self.tta)
        return chosen_stream(
            self.model,
            # Paths as they are: some files are read tile by tile.
            paths if self.tiling else map(self._loading, paths),
            self.options.batch_size,
            self.tiling or False,
            self.tta or False,
            on_error="skip",
            min_score=self.options.score if merged else 0.0,
            max_pixels=self.options.max_pixels,
            verbose="auto",
        )

    def _loading(self, path: pathlib.Path) -> Callable[[], np.ndarray]:
        return functools.partial(
            load_image,
            path,
            exif_orientation=True,
            max_pixels=self.options.max_pixels,
            intensity=self.model.preprocessor.intensity,
        )

    def _overview(
        self, path: pathlib.Path, found: Instances
    ) -> Instances | None:
        """What is drawn where the image was never whole in memory."""
        if found.image is not None or "pictures" not in self.writer.images:
            return None
        intensity = self.model.preprocessor.intensity
        with open_windows(path, intensity, self.options.max_pixels) as windows:
            return overview(found, windows)

    def add_video(self, path: pathlib.Path) -> None:
        """Segments a video; if it cannot be read, it is named."""
        self.files += 1
        self.with_videos = True
        self._found, self._tracks = 0, set[int]()
        try:
            fps = open_video(path).fps / self.options.every
            frames = map(self._counted, self._frames(path))
            written = self.writer.write_video(path, frames, fps)
        except VideoError as error:
            self._skip(error)
            return
        self.videos += 1
        self.frames += written.frames
        self.instances += self._found
        self._say_video(path, written)

    def _frames(self, path: pathlib.Path) -> Iterator[VideoFrame]:
        return segment_video(
            self.model,
            path,
            batch_size=self.options.batch_size,
            min_score=self.options.score,
            every=self.options.every,
            track=self.options.track,
            tiled=self.tiling or False,
            tta=self.tta or False,
            verbose=verbosity(),
        )

    def _counted(self, frame: VideoFrame) -> VideoFrame:
        self._found += len(frame.instances)
        if frame.instances.track_ids is not None:
            self._tracks.update(frame.instances.track_ids.tolist())
        return frame

    def _say_video(self, path: pathlib.Path, written: WrittenVideo) -> None:
        """A line about a video, with the codec of the one that is drawn."""
        parts = [
            counted(written.frames, "frame"),
            counted(self._found, "instance"),
        ]
        if self.options.track:
            parts.append(counted(len(self._tracks - {-1}), "track"))
        if written.path is not None:
            parts.append(f"drawn in {written.path} ({written.codec})")
        say(f"{path}: {', '.join(parts)}.")

    def _skip(self, error: ImageError | VideoError) -> None:
        self.broken += 1
        # A progress bar may still be on its line.
        start = "\n" if verbosity() == 1 else ""
        problem = as_options(one_line(error))
        print(f"{start}keras-solo: skipped: {problem}", file=sys.stderr)

    def conclude(self, kinds: Collection[str]) -> None:
        """Says what was found, and where it is.

        Args:
            kinds: Of the files that were written.
        """
        if not self.instances and (self.images or self.videos):
            self._say_none()
        where = []
        if self.images or not self.videos:
            where.append(counted(self.images, "image"))
        if self.videos:
            frames, videos = self.frames, self.videos
            where.append(
                f"{counted(frames, 'frame')} of {counted(videos, 'video')}"
            )
        there = {"pictures": self.images + self.frames, "video": self.videos}
        files = [
            name
            for kind, name in FILES.items()
            if kind in kinds and there.get(kind, 1)
        ]
        if self.videos > 1:
            files = [name.replace("video", "videos") for name in files]
        found = (
            f"{counted(self.instances, 'instance')} in {' and '.join(where)}"
        )
        if files:
            found += f": {_listed(files)} in {self.writer.folder}"
        say(f"{found}.")
        if "coco" in kinds and self.model.category_ids is None:
            say("The model knows no category ids: they are counted from 1.")
        if self.broken:
            what = "files" if self.with_videos else "images"
            print(
                f"keras-solo: {self.broken} of {self.files} {what} could not "
                "be read and were skipped.",
                file=sys.stderr,
            )

    def _say_none(self) -> None:
        best = ""
        if self.best is not None:
            best = f"; the best score was {self.best:.3f}"
        say(
            f"No instance scored {self.options.score} or more{best}. A lower "
            "--score shows what was found."
        )


def _listed(files: Sequence[str]) -> str:
    """What is there, with its verb."""
    *others, last = files
    if others:
        return f"{', '.join(others)} and {last} are"
    return f"{last} {'are' if last.endswith('s') else 'is'}"
