"""Which damaged images were skipped, and what took their places."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from typing import TypeVar

from keras_solo._printable import printable
from keras_solo.data.images import ImageError
from keras_solo.data.records import Records
from keras_solo.data.skipping import Made

T = TypeVar("T")


class SkippedImages:
    """Remembers what was skipped in the batches that were taken.

    Args:
        dataset: Which the images are of.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> skipped = SkippedImages(ShapesDataset(2))
    >>> skipped.note(0, 0, Made("a batch", [0, 1], {}))
    'a batch'
    >>> skipped.names
    {}
    """

    def __init__(self, dataset: Records) -> None:
        self.dataset = dataset
        self.names: dict[str, str] = {}
        self._images: dict[tuple[int, int], list[int]] = {}
        self._lock = threading.Lock()

    def note(self, epoch: int, index: int, made: Made[T]) -> T:
        """Remembers what is skipped in a batch; warns of the first.

        Args:
            epoch: From 0.
            index: The batch within the epoch.
            made: The batch, whoever made it.

        Returns:
            The batch alone.
        """
        if not made.skipped:
            return made.batch
        with self._lock:
            is_first = not self.names
            self._images[epoch, index] = made.images
            for image, reason in made.skipped.items():
                self.names.setdefault(self._name(image), reason)
        if is_first:
            name, reason = next(iter(self.names.items()))
            warnings.warn(
                f"skipped a damaged image, {printable(name)}: "
                f"{printable(reason)} Other images take the place of such; "
                "`batches.skipped` names all that were met.",
                stacklevel=3,
            )
        return made.batch

    def images(
        self, epoch: int, index: int, planned: Sequence[int]
    ) -> Sequence[int]:
        """The images that are in a batch.

        Args:
            epoch: From 0.
            index: The batch within the epoch.
            planned: The images that should be in it.
        """
        return self._images.get((epoch, index), planned)

    def _name(self, image: int) -> str:
        try:
            record = self.dataset[image]
        except ImageError:
            return f"image {image}"
        return str(record.image_path or record.file_name or record.image_id)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_lock": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
