"""One step of training on a backbone of depthwise convolutions.

A SOLOv2 on EfficientNet-Lite 0 with a small head, batch 4. Theirs is the same
with the depthwise convolution that XLA, or the backend, has by itself; only
on JAX is ours another one.
"""

import functools
import unittest.mock

import numpy as np

from tests.benchmarks.cases import Case
from tests.benchmarks.material import on_mask_grid, truth

TITLE = "Depthwise convolutions"
BATCH = 4
PLAINLY = "keras_solo._backend.convolution.is_for_taps"


def ours(material, size):
    import keras

    from keras_solo import EfficientNetLite, Letterbox, SOLOv2
    from keras_solo.recipes import CoupledSGD

    keras.utils.set_random_seed(0)
    model = SOLOv2(
        EfficientNetLite(0),
        num_classes=80,
        preprocessor=Letterbox(size),
        head={"num_convs": 2, "filters": 128, "kernel_filters": 64},
        mask_head={"filters": 128, "output_filters": 64},
        pyramid_filters=128,
    )
    model.compile(optimizer=CoupledSGD(1e-4, momentum=0.9))
    image = np.rint(material.canvas(*size)).astype("uint8")
    images = np.repeat(image, BATCH, axis=0)
    targets = {
        name: np.repeat(value, BATCH, axis=0)
        for name, value in on_mask_grid(*truth(*size)).items()
    }

    def call():
        logs = model.train_on_batch(images, targets, return_dict=True)
        return float(logs["loss"])

    return call


def theirs(material, size):
    patch = unittest.mock.patch(PLAINLY, lambda *tensors: False)
    patch.start()  # to the end of the process
    return ours(material, size)


def case(side):
    return Case(
        f"EfficientNet-Lite 0, {side} × {side}, batch {BATCH}",
        functools.partial(ours, size=(side, side)),
        functools.partial(theirs, size=(side, side)),
        "the backend's own",
        calls=3,
    )


CASES = [case(256)]
