"""Datasets out of files: all that is wrong with them is known at once."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Callable, Mapping, Sequence

from keras_solo.data.check import OnError, check_on_error, image_errors
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.formats.checks import raise_error
from keras_solo.data.packed_records import PackedRecords
from keras_solo.data.records import Record
from keras_solo.data.selection import checked_index

ADVICE = 'Correct the file, or pass on_error="skip" to leave out what is wrong.'


class FileDataset(InstanceDataset):
    """What stands in a file of annotations, or in a folder of them.

    Args:
        annotations: The file or the folder.
        read: A function that reads it. It takes a function to call with what
            is wrong with an image or an object, which is then left out, and
            returns records and the name of each category id.
        on_error: As in `CocoDataset`.
        check_images: As in `CocoDataset`.

    Attributes:
        annotations: The file or the folder.
        skipped: What was wrong, and is left out.

    Raises:
        AnnotationError: Names the file, the annotation and what is wrong.
    """

    def __init__(
        self,
        annotations: pathlib.Path,
        read: Callable[
            [Callable[[str], None]],
            tuple[Sequence[Record], Mapping[int, str]],
        ],
        on_error: OnError = "raise",
        check_images: bool | None = None,
    ) -> None:
        check_on_error(on_error)
        self.annotations: pathlib.Path = annotations
        self.skipped: list[str] = []
        self._on_error = on_error
        records, categories = read(self._report)
        self._records = PackedRecords.of(records)
        super().__init__(categories.values(), categories.keys())
        if check_images or (check_images is None and on_error == "skip"):
            self._leave_out_damaged_images()
        self._warn()

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Record:
        return self._records[checked_index(index, len(self))]

    def max_objects(self) -> int:
        return self._records.max_objects()

    def _leave_out_damaged_images(self) -> None:
        kept, images = [], self._records.images
        for index, error in enumerate(image_errors(images)):
            if error is None:
                kept.append(index)
            else:
                id_ = images[index].image_id
                self._report(f"{self.annotations}: image {id_!r}: {error}")
        if len(kept) < len(self):
            self._records = self._records.chosen(kept)

    # === Errors ===

    def _report(self, message: str) -> None:
        if self._on_error == "raise":
            raise_error(f"{message} {ADVICE}")
        self.skipped.append(message)

    def _warn(self) -> None:
        if self.skipped:
            warnings.warn(
                f"{self.annotations}: left out {len(self.skipped)} "
                "annotations and images that are wrong; see "
                f"`dataset.skipped`. The first: {self.skipped[0]}",
                stacklevel=4,
            )
