"""Files to training samples, one after the other on one core.

Ours is a batch of `dataset.batches(...)` with `workers=0`: 20 images, mirrored
half of the time, on one canvas, and their masks on the mask grid. Theirs is
the training pipeline of its SOLOv2 configs (read the file and the polygons,
resize, mirror, pack), without the padding of the batch and without the masks
on the grid, which its head makes in the step. With `augment=True` ours also
makes images larger or smaller, places them anywhere and changes their colours,
which theirs does not.

*What libraries do* is the floor beneath the first case: OpenCV decodes the same
files, resizes and mirrors them, pycocotools draws the same polygons at their
final size, and the batch is set to zero; nothing of ours runs.
"""

import functools
import json

import cv2
import numpy as np

from tests.benchmarks.cases import Case

TITLE = "Training samples"
COUNT = 20


def like_theirs():
    from keras_solo.data import Augmentation

    return Augmentation(
        scale=(1.0, 1.0),
        placement="corner",
        brightness=0,
        contrast=0,
        saturation=0,
    )


def ours(material, image_size, canvas, augment):
    from keras_solo import CocoDataset, Letterbox

    dataset = CocoDataset(*material.training_set(COUNT))
    batches = dataset.batches(
        Letterbox(image_size, canvas),
        batch_size=COUNT,
        augment=augment or like_theirs(),
        workers=0,
    )

    def call():
        images, targets = batches[0]
        return int((targets["labels"] >= 0).sum())

    return call


def libraries(material, side=512):
    """The calls of others alone, on polygons that are moved already."""
    from pycocotools import mask as coco_mask

    path, folder = material.training_set(COUNT)
    annotations = json.loads(path.read_text())
    samples = []
    for image in annotations["images"][:COUNT]:
        height, width = image["height"], image["width"]
        scale = side / max(height, width)
        size = round(width * scale), round(height * scale)
        objects = [
            in_their_box(item["segmentation"], scale)
            for item in annotations["annotations"]
            if item["image_id"] == image["id"]
        ]
        samples.append((folder / image["file_name"], size, objects))

    def call():
        images = np.zeros((COUNT, side, side, 3), np.uint8)
        np.zeros((COUNT, 100, side // 4, side // 4), np.uint8)
        for number, (file, size, objects) in enumerate(samples):
            data = np.frombuffer(file.read_bytes(), np.uint8)
            photo = cv2.imdecode(data, cv2.IMREAD_COLOR)
            photo = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)
            window = images[number, : size[1], : size[0]]
            if number % 2:
                cv2.flip(cv2.resize(photo, size), 1, dst=window)
            else:
                cv2.resize(photo, size, dst=window)
            for polygons, box in objects:
                runs = coco_mask.frPyObjects(polygons, *box)
                coco_mask.decode(coco_mask.merge(runs))
        return sum(len(objects) for _, _, objects in samples)

    return call


def in_their_box(polygons, scale):
    """Polygons at their final size, and (height, width) of their box."""
    parts = [np.reshape(part, (-1, 2)) * scale for part in polygons]
    points = np.concatenate(parts)
    corner = np.floor(points.min(axis=0))
    width, height = (int(side) for side in points.max(axis=0) - corner + 1)
    return [(part - corner).ravel() for part in parts], (height, width)


def theirs(material, scale):
    import make_mmdet_full as full  # of tests/fixtures

    full.init_default_scope("mmdet")
    path, images = material.training_set(COUNT)
    dataset = full.CocoDataset(
        ann_file=str(path),
        data_prefix={"img": str(images)},
        pipeline=[
            {"type": "LoadImageFromFile"},
            {
                "type": "LoadAnnotations",
                "with_bbox": True,
                "with_mask": True,
            },
            {"type": "Resize", "scale": scale, "keep_ratio": True},
            {"type": "RandomFlip", "prob": 0.5},
            {"type": "PackDetInputs"},
        ],
    )

    def call():
        samples = [dataset[index] for index in range(COUNT)]
        return sum(
            len(sample["data_samples"].gt_instances) for sample in samples
        )

    return call


def case(title, image_size, canvas, scale, augment=None):
    return Case(
        title,
        functools.partial(
            ours, image_size=image_size, canvas=canvas, augment=augment
        ),
        functools.partial(theirs, scale=scale),
        threads=1,
        any_backend=True,
    )


SQUARE = (512, 512), "fixed", (512, 512)
CASES = [
    case("20 samples at 512 × 512", *SQUARE),
    case("20 samples at 800 × 1333", (800, 1333), "fit", (1333, 800)),
    case("20 samples at 512 × 512, `augment=True`", *SQUARE, augment=True),
    Case(
        "20 samples at 512 × 512, what libraries do",
        libraries,
        functools.partial(theirs, scale=(512, 512)),
        threads=1,
        any_backend=True,
    ),
]
