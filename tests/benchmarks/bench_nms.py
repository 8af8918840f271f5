"""Matrix NMS alone, of masks that are there already.

Ours is `keras_solo.layers.matrix_nms`, which keeps order and places; theirs is
`mask_matrix_nms`, which also drops what falls below 0.05. *In a compiled step*
is how `predict` and `segment` run it (`jax.jit`, `tf.function`; PyTorch runs as
it is); *called by itself* is the function as a user may call it. *Overlaps
alone* are the matrix products that count shared pixels, already packed two rows
in one, without the decay: the floor beneath the first case.
"""

import functools

import numpy as np

from tests.benchmarks.bench_decoder import compiled
from tests.benchmarks.cases import Case
from tests.benchmarks.material import ellipses

TITLE = "Matrix NMS"


def candidates():
    rng = np.random.default_rng(0)
    masks = ellipses(500, 200, 272, seed=3)
    return masks, rng.integers(0, 8, 500), rng.uniform(0.1, 0.95, 500)


def on_device():
    """The candidates as tensors."""
    from keras import ops

    masks, labels, scores = candidates()
    masks = ops.convert_to_tensor(masks.astype(bool))
    labels = ops.convert_to_tensor(labels.astype("int32"))
    return masks, labels, ops.convert_to_tensor(scores.astype("float32"))


def ours(material, in_step):
    from keras import ops

    from keras_solo.layers import matrix_nms

    masks, labels, scores = on_device()
    function = compiled(matrix_nms) if in_step else matrix_nms

    def call():
        decayed = function(masks, labels, scores)
        return float(ops.convert_to_numpy(decayed).sum())

    return call


def overlaps(material):
    from keras import ops

    from keras_solo.layers.mask_overlap import mask_overlap

    pixels = ops.reshape(on_device()[0], (500, -1))
    function = compiled(mask_overlap)

    def call():
        shared, _ = function(pixels)
        return int(ops.convert_to_numpy(shared).trace())

    return call


def theirs(material):
    import make_mmdet_full  # noqa: F401  of tests/fixtures; MMDetection's stubs
    import torch
    from mmdet.models.layers.matrix_nms import mask_matrix_nms

    masks, labels, scores = map(torch.from_numpy, candidates())
    masks, scores = masks.bool(), scores.float()
    areas = masks.sum((1, 2)).float()

    def call():
        with torch.no_grad():
            kept = mask_matrix_nms(
                masks,
                labels,
                scores,
                mask_area=areas,
                nms_pre=500,
                max_num=500,
                kernel="gaussian",
                sigma=2.0,
                filter_thr=0.05,
            )
        return float(kept[0].sum())

    return call


def case(title, in_step):
    start = functools.partial(ours, in_step=in_step)
    return Case(f"500 masks of 200 × 272, {title}", start, theirs, calls=5)


CASES = [
    case("in a compiled step", True),
    case("called by itself", False),
    Case("500 masks of 200 × 272, overlaps alone", overlaps, theirs, calls=5),
]
