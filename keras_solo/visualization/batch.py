"""A batch as `fit` gets it, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo.visualization.instances import draw_instances
from keras_solo.visualization.picture import Picture, rgb_array
from keras_solo.visualization.sheet import draw_sheet


def plot_batch(
    images: npt.ArrayLike,
    targets: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str] | None = None,
    columns: int = 4,
    show_labels: bool = True,
) -> Picture:
    """Draws the images of a batch with the targets that `fit` gets.

    `plot_batch(*batches[0])` shows what augmentation makes of your data. Masks
    are those of the mask grid, a quarter of the canvas, enlarged block by
    block: so coarse are they in training.

    Args:
        images: `(B, H, W, 3)` RGB, 0 to 255.
        targets: `masks (B, N, h, w)`, set from 0.5 on; `labels (B, N)`, -1
            for an empty slot; and, if there, `boxes (B, N, 4)` xyxy in canvas
            pixels.
        class_names: Names of all classes.
        columns: Images in a row, at most.
        show_labels: Whether names are written.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If the arrays do not fit one another.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> from keras_solo.geometry import Letterbox
    >>> shapes = ShapesDataset(num_images=8)
    >>> batches = shapes.batches(Letterbox((256, 256)), 2, augment=True)
    >>> plot_batch(*batches[0], class_names=shapes.class_names)
    Picture(528 x 1048)
    """
    images, masks = np.asarray(images), np.asarray(targets["masks"])
    labels = np.asarray(targets["labels"])
    boxes = None if "boxes" not in targets else np.asarray(targets["boxes"])
    if (
        images.ndim != 4
        or masks.ndim != 4
        or labels.shape != masks.shape[:2]
        or len(labels) != len(images)
        or (boxes is not None and boxes.shape != (*labels.shape, 4))
    ):
        raise ValueError(
            "Expected images (B, H, W, 3), masks (B, N, h, w), labels (B, N) "
            f"and boxes (B, N, 4). Received: {images.shape}, {masks.shape}, "
            f"{labels.shape}{'' if boxes is None else f', {boxes.shape}'}"
        )
    panels = []
    for i in range(len(images)):
        full = labels[i] >= 0
        own = None if boxes is None else boxes[i, full]
        panels.append(
            draw_instances(
                images[i],
                _enlarged(masks[i, full], rgb_array(images[i]), own),
                labels[i, full],
                boxes=own,
                class_names=class_names,
                show_labels=show_labels,
            )
        )
    return draw_sheet(panels, columns)


def _enlarged(
    masks: np.ndarray, image: np.ndarray, boxes: np.ndarray | None
) -> np.ndarray:
    """bool `(n, H, W)`: masks of a coarser grid over an image."""
    height, width = image.shape[:2]
    large = np.zeros((len(masks), height, width), bool)
    for i, mask in enumerate(masks):
        coarse = (mask >= 0.5).astype(np.uint8)
        large[i] = cv2.resize(
            coarse, (width, height), interpolation=cv2.INTER_NEAREST_EXACT
        )
        if boxes is not None and not coarse.any():
            x1, y1 = np.floor(boxes[i, :2]).astype(int)
            x2, y2 = np.ceil(boxes[i, 2:]).astype(int)
            large[i, y1:y2, x1:x2] = True
    return large
