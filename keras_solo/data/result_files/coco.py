"""All instances in one file of COCO."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from keras_solo.data.formats.coco import CocoResults, results_content
from keras_solo.data.formats.coco_entries import CocoResult
from keras_solo.data.result_files.growing_file import growing_file
from keras_solo.data.result_files.result import Result, ResultKind


class Coco(ResultKind):
    """`results.json`: `categories`, `annotations` with scores, and `images`.

    Annotations are written as they come, a line each; only the lines about
    images are kept until the end.
    """

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Writes the categories first, and the images in the end."""
        self._images: list[str] = []
        self._count = 0
        start = json.dumps(self._content([])["categories"])
        with growing_file(self.path("results.json")) as self._file:
            self._file.write(f'{{"categories": {start},\n"annotations": [')
            yield
            images = ",\n".join(self._images)
            self._file.write(f'],\n"images": [\n{images}]}}\n')

    @contextlib.contextmanager
    def video(self, name: str, fps: float) -> Iterator[None]:
        """After an error the file says nothing of any of its frames."""
        images, count = len(self._images), self._count
        try:
            with self._file.all_or_nothing():
                yield
        except BaseException:
            del self._images[images:]
            self._count = count
            raise

    def add(self, result: Result) -> None:
        """Writes the annotations of an image, or of a frame."""
        image_id = len(self._images) + 1
        self._images.append(json.dumps(_image(image_id, result)))
        found = result.instances.to_coco(image_id, list(self.categories))
        for one in self._content(found)["annotations"]:
            start = ",\n" if self._count else "\n"
            self._count += 1
            one["id"] = self._count
            self._file.write(start + json.dumps(one))

    def _content(self, found: list[CocoResult]) -> CocoResults:
        ids, names = list(self.categories), list(self.categories.values())
        return results_content([], found, names, ids)


def _image(image_id: int, result: Result) -> dict[str, object]:
    height, width = result.instances.original_size
    content: dict[str, object] = {
        "id": image_id,
        "file_name": result.source.name,
        "path": str(result.source),
        "height": height,
        "width": width,
    }
    if result.frame is not None:
        content["file_name"] = f"{result.name}.png"
        content["frame"] = result.frame
        content["time"] = result.time
    if result.picture is not None:
        content["picture"] = result.picture
    return content
