"""All masks of COCO files beside pycocotools': bit for bit.

    python -m tests.compare_masks_with_pycocotools FILE IMAGES [FILE IMAGES ...]

`FILE` is read as a user reads it, as a `CocoDataset` of the folder `IMAGES`,
and by pycocotools.
"""

import contextlib
import sys

import numpy as np
from pycocotools.coco import COCO

from keras_solo.data import CocoDataset
from keras_solo.data.masks import rasterize


def compare(path, images):
    """How many objects were compared.

    Raises:
        AssertionError: At the first mask that differs.
    """
    with contextlib.redirect_stdout(None):
        theirs = COCO(path)
    count = 0
    for record in CocoDataset(path, images):
        for item in record.objects:
            ours = rasterize(item.segmentation, record.original_size)
            other = theirs.annToMask(theirs.anns[item.annotation_id])
            np.testing.assert_array_equal(ours, other)
            count += 1
    return count


def main():
    for path, images in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        count = compare(path, images)
        print(f"{path}: {count} masks are equal, bit for bit")


if __name__ == "__main__":
    main()
