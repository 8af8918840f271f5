"""Records to batches of one shape, for `fit`: in parallel, and resumable.

The only file of this room that imports Keras.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import keras
import numpy as np

from keras_solo.data.augment import Augmentation, chosen_augmentation
from keras_solo.data.batch_maker import Batch, BatchMaker
from keras_solo.data.batch_order import BatchOrder
from keras_solo.data.check import OnError
from keras_solo.data.epochs import EpochClock
from keras_solo.data.object_slots import chosen_slots, positive
from keras_solo.data.prefetch import Prefetcher
from keras_solo.data.records import Records
from keras_solo.data.samples import SampleMaker
from keras_solo.data.skipped_images import SkippedImages
from keras_solo.geometry.letterbox import Letterbox

if TYPE_CHECKING:
    # Keras has no types; all that users call of a `PyDataset` is written here.
    PyDataset = object
else:
    PyDataset = keras.utils.PyDataset


class Batches(PyDataset):
    """Batches of images and targets for `fit`, on every backend.

    Every batch has the same shapes: B images of one canvas (or one of two,
    with `aspect_groups`), N object slots.
    `batches[i]` is batch i of the current epoch:

    - images `(B, H, W, 3)` uint8 RGB, padded with the letterbox's
      `pad_value`;
    - targets, a dict of `masks (B, N, H/4, W/4)`, uint8 or (soft) float16;
      `labels (B, N)` int32, -1 for an empty slot; `boxes (B, N, 4)` float32
      xyxy in canvas pixels; `centers (B, N, 2)` float32 x, y in canvas
      pixels. Crowds are left out, and so are objects without a pixel on the
      canvas.

    A sample depends on the seed, the epoch and its place in the dataset, and
    on nothing else: not on the workers, the batch size or the host.
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
            of the dataset, or in a crop by `pixel_scale`. A mosaic gets four
            times as many slots, copy-paste those of an image of its source on
            top, up to 100 (or what a single one needs, if that is more). Where
            such samples have more objects than slots, those of which least is
            in sight are left out.
        on_excess: What to do about images with more than `max_objects`
            objects (not with `pixel_scale`): `"raise"` here and now, or
            `"drop_smallest"`; `dropped_objects`: how many in an epoch.
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
        shard: (index, count): the part of this host in every batch of
            `count * batch_size` images, host 0 having the first. All hosts
            have equally many batches; what does not fill all of them is left
            out. With `drop_last=False` the hosts share it, so that each image
            comes once an epoch; some may then have a batch less.
        aspect_groups: Whether images that are higher than wide have batches
            of their own, and the same canvas upright. Each group leaves out
            what fills no batch. A square canvas changes nothing.
        on_error: What to do about a missing or damaged image: `"raise"` an
            `ImageError`, or `"skip"`: another image takes its place, the same
            on every host. `skipped` names those of the batches that were
            taken, whichever process made them; the first is warned of. Of a
            mosaic's other images, and of those that objects are pasted from,
            damaged ones are passed over and not named.
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

    dataset: Records
    seed: int
    drop_last: bool

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
        shard: tuple[int, int] = (0, 1),
        aspect_groups: bool = False,
        on_error: OnError = "raise",
        copy_paste_from: Records | None = None,
    ) -> None:
        # Keras's own workers hand out batches of the epoch before and drop
        # others, so it sees one, and batches are prepared ahead in here.
        super().__init__(workers=1, use_multiprocessing=False)  # type: ignore[call-arg]
        self.dataset, self.seed, self.drop_last = dataset, seed, drop_last
        self.batch_size: int = positive("batch_size", batch_size)
        self.shuffle: bool = bool(augment) if shuffle is None else shuffle
        self.on_error: OnError = on_error
        letterbox, chosen = letterbox.fixed(), chosen_augmentation(augment)
        sources = dataset, chosen, copy_paste_from, letterbox.image_size
        room, lost = chosen_slots(*sources, max_objects, on_excess)
        self.dropped_objects = lost
        samples = SampleMaker(
            letterbox,
            room,
            *(mask_targets, chosen, reduced_decoding),
            *(dataset, copy_paste_from, on_error == "skip"),
        )
        self._arrange(samples, shard, aspect_groups)
        self._start(initial_epoch, workers, use_multiprocessing)

    def _arrange(
        self, samples: SampleMaker, shard: tuple[int, int], aspect_groups: bool
    ) -> None:
        """Which images make which batch, on which canvas."""
        order = BatchOrder(
            *(len(self.dataset), self.batch_size, self.shuffle),
            *(self.seed, self.drop_last, shard),
        )
        self._make = BatchMaker.of(
            self.dataset, samples, order, aspect_groups, self.on_error
        )
        self._order = self._make.order
        self._order.check_size()
        self.sample_makers: tuple[SampleMaker, ...] = self._make.sample_makers
        self.shard: tuple[int, int] = self._order.shard

    def _start(self, epoch: int, workers: int, processes: bool) -> None:
        """Which batch is the next, and who makes it."""
        self._skipped = SkippedImages(self.dataset)
        self._clock = EpochClock(len(self), epoch)
        self._lock = threading.RLock()
        self._ahead = Prefetcher(self._make, len(self), workers, processes)

    def __len__(self) -> int:
        return self._order.num_batches

    def __repr__(self) -> str:
        canvases = [maker.letterbox.image_size for maker in self.sample_makers]
        left_out = len(self._order.left_out(0))
        notes = [f"shard {self.shard}"] if self.shard != (0, 1) else []
        if left_out:
            notes.append(f"{left_out} images left out each epoch")
        if self.skipped:
            notes.append(f"{len(self.skipped)} damaged images skipped")
        return (
            f"<Batches: {len(self)} of {self.batch_size} images, canvas "
            f"{' or '.join(map(str, canvases))}, "
            f"{', '.join([f'{self.max_objects} object slots', *notes])}>"
        )

    @property
    def make_sample(self) -> SampleMaker:
        """Makes samples; with aspect groups, those of landscape images."""
        return self.sample_makers[0]

    @property
    def max_objects(self) -> int:
        """N, the number of object slots."""
        return self.make_sample.max_objects

    @property
    def skipped(self) -> dict[str, str]:
        """Names of damaged images to what is wrong with them: `on_error`."""
        return dict(self._skipped.names)

    # === Order ===

    @property
    def epoch(self) -> int:
        """The epoch that the batches belong to, from 0. May be set."""
        return self._clock.epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        with self._lock:
            self._clock = EpochClock(len(self), int(epoch))

    def begin_within(self, epoch: int, done: int) -> None:
        """Goes on in the middle of an epoch, which has fewer batches left.

        Args:
            epoch: From 0.
            done: Batches of it that do not come any more.
        """
        with self._lock:
            self._clock = EpochClock(len(self), int(epoch), int(done))

    def order(self, epoch: int) -> np.ndarray:
        """Indices of the dataset's images in the order of an epoch.

        Args:
            epoch: From 0.

        Returns:
            The images of this host's batches, then those that are left out.
        """
        left_out = self._order.left_out(epoch)
        return np.concatenate([*self._order.batches(epoch), left_out])

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
        return self._skipped.note(epoch, index, self._ahead.get(epoch, index))

    def taken_image_ids(self, step: int) -> list[int | str]:
        """The ids of the images that `fit` took in a step of this epoch.

        Args:
            step: From 0, as callbacks are told.
        """
        with self._lock:
            epoch, index = self._clock.taken(step)
        planned = self._order.batches(epoch)[index].tolist()
        images = self._skipped.images(epoch, index, planned)
        return [self.dataset[i].image_id for i in images]

    def make(self, epoch: int, index: int) -> Batch:
        """Makes one batch, here and now.

        Args:
            epoch: From 0.
            index: The batch within the epoch.

        Returns:
            Images and targets, as described above.
        """
        return self._skipped.note(epoch, index, self._make(epoch, index))

    # === Construction ===

    def __getstate__(self) -> dict[str, object]:
        # Neither locks nor threads travel to another process.
        return {**self.__dict__, "_lock": None, "_ahead": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()
        self._ahead = Prefetcher(self._make, len(self), workers=0)
