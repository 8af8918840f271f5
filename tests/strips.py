"""Ground truths and results of images one pixel high: objects are intervals."""

import numpy as np

from keras_solo.data.masks import encode_mask

WIDTH = 40
NAMES = {3: "cat", 9: "dog"}


def strip(start, stop, width=WIDTH):
    """The mask of the pixels from start to stop, as run lengths."""
    mask = np.zeros((1, width), bool)
    mask[:, start:stop] = True
    return encode_mask(mask)


def truth(*images):
    """A COCO ground truth of the images 1, 2, ...

    Each is a list of (start, stop, category_id), with "crowd" behind it for a
    crowd.
    """
    annotations = [
        {
            "id": 100 * image + number,
            "image_id": image,
            "category_id": category_id,
            "segmentation": strip(start, stop),
            "bbox": [start, 0, stop - start, 1],
            "area": stop - start,
            "iscrowd": int(bool(crowd)),
        }
        for image, objects in enumerate(images, start=1)
        for number, (start, stop, category_id, *crowd) in enumerate(objects)
    ]
    return {
        "images": [
            {"id": n + 1, "height": 1, "width": WIDTH}
            for n in range(len(images))
        ],
        "categories": [{"id": i, "name": name} for i, name in NAMES.items()],
        "annotations": annotations,
    }


def found(*results):
    """COCO results of (image, start, stop, category_id, score)."""
    return [
        {
            "image_id": image,
            "category_id": category_id,
            "segmentation": strip(start, stop),
            "score": score,
        }
        for image, start, stop, category_id, score in results
    ]
