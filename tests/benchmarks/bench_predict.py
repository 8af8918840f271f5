"""A canvas in, decoded instances on the mask grid out.

Ours is `model.predict_on_batch`, the outputs fetched as NumPy arrays; theirs
is `model.predict`, which also brings the masks to the canvas, on a tensor that
is normalised already. About 90 instances are found.
"""

import functools

from tests.benchmarks.cases import Case

TITLE = "Predict"


def ours(material, name, size):
    from tests.benchmarks.ours import load, on_host

    model = load(material, name)
    images = material.canvas(*size)

    def call():
        outputs = on_host(model.predict_on_batch(images))
        return int(outputs["num_detections"][0])

    return call


def theirs(material, name, size):
    import make_mmdet_full as full  # of tests/fixtures
    import torch

    from tests.benchmarks.mmdetection import load, normalised

    model = load(material, name)
    images = normalised(material.canvas(*size))
    samples = [full.sample(size)]

    def call():
        with torch.no_grad():
            (found,) = model.predict(images, samples)
        return len(found.pred_instances.scores)

    return call


def case(title, name, size):
    return Case(
        title,
        functools.partial(ours, name=name, size=size),
        functools.partial(theirs, name=name, size=size),
    )


CASES = [
    case("R50, 800 × 1088", "r50", (800, 1088)),
    case("light R18, 448 × 672", "light_r18", (448, 672)),
]
