"""One step of training: losses, gradients, clipped, and the weights' update.

Ours is `model.train_on_batch` with the reference's optimizer, targets encoded
in the step; theirs encodes them in the step, too. Eight objects.
"""

import numpy as np

from tests.benchmarks.cases import Case
from tests.benchmarks.material import on_mask_grid, truth

TITLE = "Training step"
SIZE = 512, 512
RATE, MOMENTUM, DECAY, CLIP = 1e-5, 0.9, 1e-4, 35.0


def ours(material):
    from keras_solo.recipes import CoupledSGD
    from tests.benchmarks.ours import load

    model = load(material, "r50")
    model.compile(
        optimizer=CoupledSGD(
            RATE, momentum=MOMENTUM, l2=DECAY, global_clipnorm=CLIP
        )
    )
    images = np.rint(material.canvas(*SIZE)).astype("uint8")
    targets = on_mask_grid(*truth(*SIZE))

    def call():
        logs = model.train_on_batch(images, targets, return_dict=True)
        return float(logs["loss"])

    return call


def theirs(material):
    import make_mmdet_full as full  # of tests/fixtures
    import torch

    from tests.benchmarks.mmdetection import load, normalised

    model = load(material, "r50").train()
    images = normalised(np.rint(material.canvas(*SIZE)))
    samples = [full.sample(SIZE, truth(*SIZE))]
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


CASES = [Case("R50, 512 × 512, batch 1", ours, theirs)]
