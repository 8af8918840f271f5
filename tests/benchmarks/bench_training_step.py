"""One step of training: losses, gradients, clipped, and the weights' update.

Ours is `model.train_on_batch` with the reference's optimizer, targets encoded
in the step; theirs encodes them in the step, too. Eight objects. An image of
64 x 64 pixels has hardly a map: its memory is that of libraries, weights,
gradients and the update.
"""

import functools

import numpy as np

from tests.benchmarks.cases import Case
from tests.benchmarks.material import on_mask_grid, truth

TITLE = "Training step"
RATE, MOMENTUM, DECAY, CLIP = 1e-5, 0.9, 1e-4, 35.0


def ours(material, size):
    from keras_solo.recipes import CoupledSGD
    from tests.benchmarks.ours import load

    model = load(material, "r50")
    model.compile(
        optimizer=CoupledSGD(
            RATE, momentum=MOMENTUM, l2=DECAY, global_clipnorm=CLIP
        )
    )
    images = np.rint(material.canvas(*size)).astype("uint8")
    targets = on_mask_grid(*truth(*size))

    def call():
        logs = model.train_on_batch(images, targets, return_dict=True)
        return float(logs["loss"])

    return call


def theirs(material, size):
    import make_mmdet_full as full  # of tests/fixtures
    import torch

    from tests.benchmarks.mmdetection import load, normalised

    model = load(material, "r50").train()
    images = normalised(np.rint(material.canvas(*size)))
    samples = [full.sample(size, truth(*size))]
    weights = [w for w in model.parameters() if w.requires_grad]
    optimizer = torch.optim.SGD(
        weights, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY
    )

    def call():
        optimizer.zero_grad(set_to_none=True)
        loss = sum(model.loss(images, samples).values())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimizer.step()
        return float(loss)

    return call


def case(side):
    size = (side, side)
    return Case(
        f"R50, {side} × {side}, batch 1",
        functools.partial(ours, size=size),
        functools.partial(theirs, size=size),
    )


CASES = [case(512), case(64)]
