"""Pictures of the same images, every few epochs."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import cast

import cv2
import keras
import numpy as np

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.instances import Instances
from keras_solo.inference import Tiling
from keras_solo.inference.chosen_stream import check_choice, chosen_stream
from keras_solo.models.averages import final_weights
from keras_solo.visualization import Picture, draw_sheet

PANEL = 320


class PlotPredictions(keras.callbacks.Callback):
    """Draws what the model finds on a few images, so that one sees it learn.

    `FOLDER/epoch_005.png` has a row for two images, of each the annotated
    objects and beside them what is found, with the numbers of both below. The
    images are the same in every epoch. They are segmented with the weights that
    training would end with if it ended now, as `CocoMaskAP` does, and as many
    at a time, so that nothing is compiled anew.

    Args:
        dataset: A `CocoDataset` or another dataset, of validation images.
        folder: Where the pictures go; it is made.
        every: Draw after each so many epochs; after the first and the last,
            too.
        images: How many.
        seed: Which: they are chosen at random, once.
        min_score: Instances with a lower score are left out.
        batch_size: Images segmented together.
        tiled: Whether images are segmented in tiles, or how, as in
            `CocoMaskAP`.

    Example:

    ```python
    pictures = keras_solo.callbacks.PlotPredictions(valid, "pictures")
    model.fit(batches, epochs=20, callbacks=[pictures])
    ```
    """

    def __init__(
        self,
        dataset: InstanceDataset,
        folder: str | os.PathLike[str],
        every: int = 5,
        images: int = 4,
        seed: int = 0,
        min_score: float = 0.3,
        batch_size: int = 8,
        tiled: bool | Tiling = False,
    ) -> None:
        super().__init__()
        if min(every, images, batch_size) < 1:
            raise ValueError(
                "Expected every, images and batch_size of at least 1. "
                f"Received: {every}, {images} and {batch_size}"
            )
        self.dataset = dataset
        self.folder: pathlib.Path = pathlib.Path(folder)
        self.every = every
        self.min_score = min_score
        self.batch_size = batch_size
        check_choice(tiled, False)
        self.tiled = tiled
        self.chosen: list[int] = chosen_images(len(dataset), images, seed)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        epochs = (self.params or {}).get("epochs")
        due = epoch == 0 or (epoch + 1) % self.every == 0
        if self.chosen and (due or epoch + 1 == epochs):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._draw().save(self.folder / f"epoch_{epoch + 1:03d}.png")

    def _draw(self) -> Picture:
        # `self.model` brings JAX's training state back into the variables.
        model, names = self.model, self.dataset.class_names
        records = [self.dataset[index] for index in self.chosen]
        images = [record.load_image() for record in records]
        with final_weights(model):
            # None is an error: those are raised.
            stream = chosen_stream(
                *(model, images, self.batch_size, self.tiled),
                min_score=self.min_score,
            )
            found = list(cast(Iterator[tuple[int, Instances]], stream))
        panels, titles = [], []
        for record, (_, instances) in zip(records, found, strict=True):
            truth = Instances.from_record(record, names, load_image=True)
            panels += [panel(truth.plot()), panel(instances.plot())]
            titles.append(f"annotated: {len(truth)}")
            least = f"scores from {self.min_score:g}"
            titles.append(f"found: {len(instances)}, {least}")
        return draw_sheet(panels, columns=4, titles=titles)


def chosen_images(count: int, images: int, seed: int) -> list[int]:
    """Some of the images, in their order.

    Args:
        count: How many there are.
        images: How many of them at most.
        seed: Another one chooses others.

    Example:

    >>> chosen_images(3, 4, seed=0)
    [0, 1, 2]
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(count)[:images]
    return sorted(int(index) for index in chosen)


def panel(picture: Picture, side: int = PANEL) -> Picture:
    """A picture in a white square, as large as fits.

    Args:
        picture: Of any size.
        side: Of the square, in pixels.

    Example:

    >>> panel(Picture(np.zeros((640, 1280, 3), np.uint8)))
    Picture(320 x 320)
    """
    height, width = picture.size
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = cv2.resize(picture.array, size, interpolation=method)
    square = np.full((side, side, 3), 255, np.uint8)
    square[: size[1], : size[0]] = small
    return Picture(square)
