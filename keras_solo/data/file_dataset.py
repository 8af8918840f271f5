"""Datasets out of files: all that is wrong with them is known at once."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Callable, Mapping

from keras_solo.data.check import OnError, check_on_error, image_errors
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.formats.checks import raise_error
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
            tuple[list[Record], Mapping[int, str]],
        ],
        on_error: OnError = "raise",
        check_images: bool | None = None,
    ) -> None:
        check_on_error(on_error)
        self.annotations: pathlib.Path = annotations
        self.skipped: list[str] = []
        self._on_error = on_error
        self._records, categories = read(self._report)
        super().__init__(categories.values(), categories.keys())
        if check_images or (check_images is None and on_error == "skip"):
            self._leave_out_damaged_images()
        self._warn()

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Record:
        return self._records[checked_index(index, len(self))]

    def _leave_out_damaged_images(self) -> None:
        kept = []
        errors = image_errors(self._records)
        for record, error in zip(self._records, errors, strict=True):
            if error is None:
                kept.append(record)
            else:
                self._report(
                    f"{self.annotations}: image {record.image_id!r}: {error}"
                )
        self._records = kept

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
