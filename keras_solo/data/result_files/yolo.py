"""Text files of YOLO segmentation, and the names of their classes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import yaml

from keras_solo._whole_files import write_whole
from keras_solo.data.result_files.result import Result, ResultKind


class Yolo(ResultKind):
    """`yolo/data.yaml` and `yolo/labels/NAME.txt`.

    Images that are put into `yolo/images` make a dataset of it.
    """

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Writes the names first."""
        names = dict(enumerate(self.categories.values()))
        content = {"path": ".", "train": "images", "names": names}
        path = self.path("yolo", "data.yaml")
        write_whole(path, yaml.safe_dump(content, sort_keys=False))
        yield

    def add(self, result: Result) -> None:
        """Writes the lines, without scores: see `Instances.to_yolo`."""
        path = self.path("yolo", "labels", f"{result.name}.txt")
        write_whole(path, result.instances.to_yolo())
