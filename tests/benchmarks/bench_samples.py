"""Files to training samples, one after the other on one core.

Ours is a batch of `dataset.batches(...)` with `workers=0`: 20 images, mirrored
half of the time, on one canvas, and their masks on the mask grid. Theirs is
the training pipeline of its SOLOv2 configs (read the file and the polygons,
resize, mirror, pack), without the padding of the batch and without the masks
on the grid, which its head makes in the step. With `augment=True` ours also
makes images larger or smaller, places them anywhere and changes their colours,
which theirs does not.
"""

import functools

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
]
