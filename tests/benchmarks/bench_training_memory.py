"""A training step in less memory: two choices, each beside the plain step.

`model.compile(remat=True)` computes maps again for their gradients instead of
keeping them; an optimizer's `gradient_accumulation_steps` makes one update of
several smaller batches. All sides see the same images with eight objects each,
and make one update in a call, with the reference's optimizer.
"""

import numpy as np

from tests.benchmarks.bench_training_step import CLIP, DECAY, MOMENTUM, RATE
from tests.benchmarks.cases import Case
from tests.benchmarks.material import on_mask_grid, truth

TITLE = "Training memory"
SIZE = 512, 512
BATCH = 2


def update(material, steps=1, remat=False):
    """A function that makes one update of a batch, in so many steps."""
    from keras_solo.recipes import CoupledSGD
    from tests.benchmarks.ours import load

    model = load(material, "r50")
    model.compile(
        optimizer=CoupledSGD(
            RATE,
            momentum=MOMENTUM,
            l2=DECAY,
            global_clipnorm=CLIP,
            gradient_accumulation_steps=steps if steps > 1 else None,
        ),
        remat=remat,
    )
    images, targets = batch(material, BATCH // steps)

    def call():
        for _ in range(steps):
            logs = model.train_on_batch(images, targets, return_dict=True)
        return float(logs["loss"])

    return call


def batch(material, count):
    """The photo, so many times, and its targets."""
    canvas = np.rint(material.canvas(*SIZE)).astype("uint8")
    targets = on_mask_grid(*truth(*SIZE))
    return canvas.repeat(count, 0), {
        name: values.repeat(count, 0) for name, values in targets.items()
    }


def plain(material):
    return update(material)


def rematerialized(material):
    return update(material, remat=True)


def accumulated(material):
    return update(material, steps=BATCH)


NAME = f"R50, 512 × 512, batch {BATCH}"
CASES = [
    Case(f"{NAME}, remat", rematerialized, plain, rival="plain"),
    Case(
        f"{NAME} in {BATCH} accumulated steps",
        accumulated,
        plain,
        rival="plain",
    ),
]
