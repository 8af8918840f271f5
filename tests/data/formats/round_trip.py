"""What a format writes, read again."""

import numpy as np

from keras_solo.data import ObjectAnnotation, Record
from keras_solo.data.formats.reading import Reading
from keras_solo.data.masks import encode_mask, rasterize
from tests.data.formats.tiny import DOG, SIZE, mask

RING = np.zeros(SIZE, np.uint8)
RING[4:8, 5:9] = 1
RING[5:7, 6:8] = 0
PARTS = np.zeros(SIZE, np.uint8)
PARTS[5:7, 0:2] = PARTS[0, 6:9] = 1
NAMES = {3: "person", 9: "car"}


def item(drawn, label, number, **more):
    return ObjectAnnotation(
        *(label, (0.0, 0.0, 10.0, 8.0), encode_mask(drawn)),
        **{"area": float(drawn.sum()), "annotation_id": number, **more},
    )


def there_and_back(module, folder, crowd=False):
    """Writes an object, one with a hole, one of two parts; what was lost."""
    objects = [item(mask(DOG), 0, 1), item(RING, 1, 2), item(PARTS, 0, 3)]
    if crowd:
        objects.append(item(np.ones(SIZE, np.uint8), 0, 4, is_crowd=True))
    image = np.full((*SIZE, 3), 9, np.uint8)
    record = Record(7, SIZE, tuple(objects), image, file_name="a.png")
    lost = module.write([record, record], NAMES, folder, "train")
    (place,) = module.find(folder)
    (again,) = module.read(place, Reading(folder)).records
    if not crowd:
        found = [rasterize(one.segmentation, SIZE) for one in again.instances]
        for drawn in (mask(DOG), RING, PARTS):
            assert any(np.array_equal(drawn, one) for one in found)
    return lost
