"""What a model is trained on for one image, drawn."""

import numpy as np
from keras import ops

from keras_solo.data.dataset import InstanceDataset
from keras_solo.geometry import Levels
from keras_solo.models.solov2 import SOLOv2
from keras_solo.visualization import Picture, draw_targets

# Images among which the one to draw is chosen.
LOOKED_AT = 16


def plot_targets(
    dataset: InstanceDataset,
    model: SOLOv2,
    index: int | None = None,
    augment: bool = False,
    seed: int = 0,
    panel_width: int = 640,
) -> Picture:
    """Draws the targets that `model` is trained on for one image.

    Args:
        dataset: A `CocoDataset` or another dataset with its `batches`.
        model: A `SOLOv2`, trained or not; its `preprocessor`, `levels` and
            `target_encoder` are asked.
        index: Which image of the dataset; by default the one with the most
            objects among the first 16.
        augment: Whether the image is augmented, as in training.
        seed: Of the augmentation.
        panel_width: Width of a panel in pixels.

    Returns:
        A `Picture`: see `keras_solo.visualization.draw_targets`.

    Raises:
        IndexError: If the dataset has no such image.

    Example:

    ```python
    keras_solo.training.plot_targets(train, model).save("targets.png")
    ```
    """
    if index is None:
        index = _most_objects(dataset)
    if not -len(dataset) <= index < len(dataset):
        raise IndexError(
            f"Expected an index below {len(dataset)}, the number of images. "
            f"Received: index={index}"
        )
    batches = dataset.batches(
        model.preprocessor,
        batch_size=1,
        augment=augment,
        shuffle=False,
        seed=seed,
        workers=0,
    )
    images, targets = batches[index % len(dataset)]
    encoded = model.target_encoder(targets)
    return draw_targets(
        ops.convert_to_numpy(images)[0],
        ops.convert_to_numpy(targets["masks"])[0],
        ops.convert_to_numpy(targets["labels"])[0],
        split_by_level(
            model.levels,
            ops.convert_to_numpy(encoded["pair_cells"])[0],
            ops.convert_to_numpy(encoded["pair_instances"])[0],
        ),
        class_names=dataset.class_names,
        panel_width=panel_width,
    )


def _most_objects(dataset: InstanceDataset) -> int:
    first = range(min(len(dataset), LOOKED_AT))
    return max(first, key=lambda i: len(dataset[i].instances), default=0)


def split_by_level(
    levels: Levels, pair_cells: np.ndarray, pair_instances: np.ndarray
) -> list[dict[str, object]]:
    """The pairs of each level, with cells counted within their level.

    Args:
        levels: The model's.
        pair_cells: `(P,)` integers, cells counted over all levels; -1 padded.
        pair_instances: `(P,)` integers; -1 padded.

    Returns:
        The `levels` argument of `draw_targets`.
    """
    level_of_pair, cells = levels.locate(pair_cells)
    return [
        {
            "name": name,
            "grid_size": levels.grid_sizes[level],
            "range": levels.ranges[level],
            "cells": cells[level_of_pair == level],
            "instances": pair_instances[level_of_pair == level],
        }
        for level, name in enumerate(levels.names)
    ]
