"""Of objects that touch, how many pairs come out as two."""

import collections

import numpy as np
from pycocotools import mask as coco_mask
from scipy.ndimage import distance_transform_edt

from keras_solo.data.masks import compressed
from keras_solo.evaluation.assignment import assigned
from keras_solo.geometry.extent import extent


def touching_pairs(masks, distance=2.0):
    """Pairs of masks with pixels at most so far apart, centre to centre.

    With 2 at most one pixel lies between them.

    Args:
        masks: `(n, height, width)` bool.
        distance: In pixels.
    """
    reach = int(np.ceil(distance)) + 1
    boxes = [extent(mask) for mask in masks]
    pairs = []
    for first, (x1, y1, x2, y2) in enumerate(boxes):
        x1, y1 = max(x1 - reach, 0), max(y1 - reach, 0)
        rows, columns = slice(y1, y2 + reach), slice(x1, x2 + reach)
        away = distance_transform_edt(~masks[first][rows, columns])
        near = away <= distance
        for second in range(first + 1, len(masks)):
            if (masks[second][rows, columns] & near).any():
                pairs.append((first, second))
    return pairs


def separated(dataset, results, score_threshold, iou_threshold=0.5):
    """How many touching pairs there are, and how many come out as two.

    A pair does if each of its objects is assigned a result of its own with at
    least the IoU.

    Args:
        dataset: With one class.
        results: COCO results with run lengths.
        score_threshold: Results with a lower score are left out.
        iou_threshold: Of a result and its object.
    """
    of_image = collections.defaultdict(list)
    for result in results:
        if result["score"] >= score_threshold:
            of_image[result["image_id"]].append(
                compressed(result["segmentation"])
            )
    count = apart = 0
    for record in dataset:
        masks = record.full_masks()
        pairs = touching_pairs(masks.astype(bool))
        count += len(pairs)
        found = of_image[record.image_id]
        if not pairs or not found:
            continue
        true = coco_mask.encode(np.asfortranarray(masks.transpose(1, 2, 0)))
        overlap = np.array(coco_mask.iou(found, true, [0] * len(true)))
        same = np.ones(overlap.shape, bool)
        seen = set(assigned(overlap, same, iou_threshold)[1].tolist())
        apart += sum(one in seen and other in seen for one, other in pairs)
    return count, apart
