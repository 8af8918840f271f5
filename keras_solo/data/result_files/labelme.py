"""Files of LabelMe, which say where their image is."""

from __future__ import annotations

import json
import os
import pathlib

from keras_solo._whole_files import write_whole
from keras_solo.data.result_files.result import Result, ResultKind


class LabelMe(ResultKind):
    """`labelme/NAME.json`, which LabelMe opens with the image in its place."""

    def add(self, result: Result) -> None:
        """Writes the shapes, see `Instances.to_labelme`."""
        path = self.path("labelme", f"{result.name}.json")
        content = result.instances.to_labelme(_way(result.source, path.parent))
        write_whole(path, json.dumps(content, indent=2))


def _way(image: pathlib.Path, folder: pathlib.Path) -> str:
    """The path of an image, from a folder on."""
    image, folder = image.resolve(), folder.resolve()
    try:
        return pathlib.Path(os.path.relpath(image, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return image.as_posix()
