"""Records to batches of one shape, for `fit`: in parallel, and resumable.

The only file of this room that imports Keras.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, TypeAlias

import keras
import numpy as np

from keras_solo.data.augment import Augmentation
from keras_solo.data.epochs import EpochClock
from keras_solo.data.object_slots import check_copy_paste, object_slots
from keras_solo.data.prefetch import Prefetcher
from keras_solo.data.records import Records
from keras_solo.data.samples import Arrays, SampleMaker
from keras_solo.geometry.letterbox import Letterbox

Batch: TypeAlias = tuple[np.ndarray, Arrays]

if TYPE_CHECKING:
    # Keras has no types; all that users call of a `PyDataset` is written here.
    PyDataset = object
else:
    PyDataset = keras.utils.PyDataset


class Batches(PyDataset):
    """Batches of images and targets for `fit`, on every backend.

    Every batch has the same shapes: B images of one canvas, N object slots.
    `batches[i]` is batch i of the current epoch:

    - images `(B, H, W, 3)` uint8 RGB, padded with the letterbox's
      `pad_value`;
    - targets, a dict of `masks (B, N, H/4, W/4)`, uint8 or (soft) float16;
      `labels (B, N)` int32, -1 for an empty slot; `boxes (B, N, 4)` float32
      xyxy in canvas pixels; `centers (B, N, 2)` float32 x, y in canvas
      pixels. Crowds are left out, and so are objects without a pixel on the
      canvas.

    A sample depends on the seed, the epoch and its place in the dataset, and
    on nothing else: not on the number of workers, not on the batch size.
    During `fit` the batches come in their own order, whatever Keras's
    `shuffle` argument says.

    To continue a training, say with which epoch:
    `dataset.batches(..., initial_epoch=5)` and `fit(..., initial_epoch=5)`,
    or set `batches.epoch`. An epoch is over once all its batches were taken;
    where `fit` takes fewer (`steps_per_epoch`), it goes on from there.

    Args:
        dataset: The images: an `InstanceDataset`, or what is like one.
        letterbox: A model's `preprocessor`. Its canvas is the batch's; of
            a `"fit"` letterbox, `letterbox.fixed()` is taken.
        batch_size: Images per batch.
        augment: `True` for the defaults of `Augmentation`, or one of your
            own.
        shuffle: Whether each epoch has an order of its own. By default where
            `augment` is on.
        seed: An integer; the same seed gives the same batches.
        max_objects: N. By default the largest number of objects in an image
            of the dataset. A mosaic gets four times as many slots, copy-paste
            those of an image of its source on top, up to 100 (or what a
            single image needs, if that is more). Where pasting or a mosaic
            makes more objects than slots, the smallest are left out.
        on_excess: What to do about images with more than `max_objects`
            objects: `"raise"` here and now, or `"drop_smallest"`;
            `dropped_objects` says how many that are in an epoch.
        mask_targets: `"binary"`: the reference's rule for shrinking masks
            to the mask grid; `"soft"`: area averages, better for small
            objects and for training from scratch; `"reference"`: the
            reference's whole road, by way of masks at the original size.
        drop_last: Whether to leave out the images that fill no batch. If
            not, the last batch is smaller: a second shape to compile.
        workers: Threads (or processes) that prepare batches ahead. With 0,
            each batch is made when it is asked for.
        use_multiprocessing: Processes instead of threads. They are spawned,
            so a script needs `if __name__ == "__main__":`, and they import
            this package (and Keras) first. What they make is copied twice;
            threads, which run side by side while OpenCV works, are faster on
            a few cores.
        initial_epoch: The epoch to begin with.
        reduced_decoding: Whether to decode JPEG files that are at least
            twice as large as their place on the canvas at a half, a quarter
            or an eighth of their size, for training on large photos. It saves
            most of the time of a sample. Images are not quite the same: each
            pixel is the average of a block rather than a sample of it, and
            what is near the right and the lower edge may move by a part of a
            canvas pixel. Boxes and masks stay as they are.
        copy_paste_from: Another dataset with the same classes, whose objects
            are pasted where `augment` has `copy_paste`. By default they come
            from this one.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> shapes = ShapesDataset(num_images=10)
    >>> batches = Batches(shapes, Letterbox((128, 128)), 4, augment=True)
    >>> len(batches)
    2
    >>> images, targets = batches[0]
    >>> images.shape, targets["labels"].shape
    ((4, 128, 128, 3), (4, 6))
    """

    dropped_objects: int = 0

    def __init__(
        self,
        dataset: Records,
        letterbox: Letterbox,
        batch_size: int,
        augment: bool | Augmentation = False,
        shuffle: bool | None = None,
        seed: int = 0,
        max_objects: int | None = None,
        on_excess: str = "raise",
        mask_targets: str = "binary",
        drop_last: bool = True,
        workers: int = 2,
        use_multiprocessing: bool = False,
        initial_epoch: int = 0,
        reduced_decoding: bool = False,
        copy_paste_from: Records | None = None,
    ) -> None:
        # Keras's own workers hand out batches of the epoch before and drop
        # others, so it sees one, and batches are prepared ahead in here.
        super().__init__(workers=1, use_multiprocessing=False)  # type: ignore[call-arg]
        self.dataset, self.seed, self.drop_last = dataset, seed, drop_last
        self.batch_size: int = _positive("batch_size", batch_size)
        self.shuffle: bool = bool(augment) if shuffle is None else shuffle
        augmentation = _augmentation(augment)
        self.make_sample: SampleMaker = SampleMaker(
            letterbox.fixed(),
            self._slots(max_objects, on_excess, augmentation, copy_paste_from),
            mask_targets,
            augmentation,
            reduced_decoding,
            dataset,
            copy_paste_from,
        )
        self._check_size()
        self._clock = EpochClock(len(self), initial_epoch)
        self._lock = threading.RLock()
        self._ahead = Prefetcher(
            self.make, len(self), workers, use_multiprocessing
        )

    def __len__(self) -> int:
        count = len(self.dataset)
        if self.drop_last:
            return count // self.batch_size
        return -(-count // self.batch_size)

    def __repr__(self) -> str:
        left_out = len(self.dataset) - len(self) * self.batch_size
        note = f", {left_out} images left out each epoch"
        return (
            f"<Batches: {len(self)} of {self.batch_size} images, canvas "
            f"{self.make_sample.letterbox.image_size}, "
            f"{self.max_objects} object slots{note if left_out > 0 else ''}>"
        )

    @property
    def max_objects(self) -> int:
        """N, the number of object slots."""
        return self.make_sample.max_objects

    # === Order ===

    @property
    def epoch(self) -> int:
        """The epoch that the batches belong to, from 0. May be set."""
        return self._clock.epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        with self._lock:
            self._clock = EpochClock(len(self), int(epoch))

    def order(self, epoch: int) -> np.ndarray:
        """Indices of the dataset's images in the order of an epoch."""
        count = len(self.dataset)
        if self.shuffle:
            return _shuffled(count, self.seed, epoch).copy()
        return np.arange(count)

    def on_epoch_begin(self) -> None:
        """Called by Keras: from here on the batches come in their order."""
        with self._lock:
            self._clock.begin()

    def on_epoch_end(self) -> None:
        """Called by Keras: the next epoch, if this one was completed."""
        with self._lock:
            self._clock.end()

    # === Batches ===

    def __getitem__(self, index: int) -> Batch:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(
                f"Expected the index of one of {count} batches. "
                f"Received: {index}"
            )
        with self._lock:
            if self._clock.running:
                # Keras shuffles the indices by a seed that we don't know.
                epoch, index = self._clock.tick()
            else:
                epoch, index = self._clock.epoch, index % count
        return self._ahead.get(epoch, index)

    def taken_image_ids(self, step: int) -> list[int | str]:
        """The ids of the images that `fit` took in a step of this epoch.

        Args:
            step: From 0, as callbacks are told.
        """
        with self._lock:
            chosen = self._chosen(*self._clock.taken(step))
        return [self.dataset[i].image_id for i in chosen]

    def _chosen(self, epoch: int, index: int) -> list[int]:
        """Indices of the images of a batch."""
        start = index * self.batch_size
        chosen = self.order(epoch)[start : start + self.batch_size]
        return chosen.tolist()

    def make(self, epoch: int, index: int) -> Batch:
        """Makes one batch, here and now.

        Args:
            epoch: From 0.
            index: The batch within the epoch.

        Returns:
            Images and targets, as described above.
        """
        chosen = self._chosen(epoch, index)
        samples = (
            (self.dataset[i], np.random.default_rng([self.seed, epoch, i]))
            for i in chosen
        )
        return self.make_sample.stack(samples, len(chosen))

    # === Construction ===

    def _check_size(self) -> None:
        if not len(self):
            raise ValueError(
                "Expected a dataset that fills at least one batch. Received: "
                f"{len(self.dataset)} images, batch_size={self.batch_size}"
            )

    def _slots(
        self,
        max_objects: int | None,
        on_excess: str,
        augmentation: Augmentation | None,
        copy_paste_from: Records | None,
    ) -> int:
        check_copy_paste(self.dataset, augmentation, copy_paste_from)
        if on_excess not in ("raise", "drop_smallest"):
            raise ValueError(
                'Expected on_excess to be "raise" or "drop_smallest". '
                f"Received: {on_excess!r}"
            )
        if max_objects is None:
            return object_slots(self.dataset, augmentation, copy_paste_from)
        max_objects = _positive("max_objects", max_objects)
        counts = [len(record.instances) for record in self.dataset]
        excess = [count - max_objects for count in counts]
        self.dropped_objects = sum(n for n in excess if n > 0)
        if self.dropped_objects and on_excess == "raise":
            raise ValueError(
                f"{sum(n > 0 for n in excess)} images have more than "
                f"max_objects={max_objects} objects, up to {max(counts)}: "
                f"{self.dropped_objects} objects would be lost. Choose a "
                'larger max_objects, or on_excess="drop_smallest".'
            )
        return max_objects

    def __getstate__(self) -> dict[str, object]:
        # Neither locks nor threads travel to another process.
        return {**self.__dict__, "_lock": None, "_ahead": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()
        self._ahead = Prefetcher(self.make, len(self), workers=0)


@functools.lru_cache(maxsize=2)
def _shuffled(count: int, seed: int, epoch: int) -> np.ndarray:
    """Made once an epoch: for 118,000 images it takes as long as an image."""
    indices = np.arange(count)
    np.random.default_rng([seed, epoch]).shuffle(indices)
    return indices


def _augmentation(augment: bool | Augmentation) -> Augmentation | None:
    if isinstance(augment, Augmentation):
        return augment
    if not isinstance(augment, bool):
        raise ValueError(
            "Expected augment to be True, False or an Augmentation. "
            f"Received: {augment!r}"
        )
    return Augmentation() if augment else None


def _positive(name: str, value: int) -> int:
    if int(value) != value or value < 1:
        raise ValueError(
            f"Expected {name} to be a positive integer. "
            f"Received: {name}={value!r}"
        )
    return int(value)
