"""The network alone: an image in, logits, kernels and mask features out.

Ours is `keras.Model(model.inputs[0], model.output).predict_on_batch`, the
outputs fetched as NumPy arrays; theirs is backbone, neck and head without
gradients, on a tensor that is normalised already.
"""

from tests.benchmarks.cases import Case

TITLE = "Forward pass"


def ours(material):
    import keras

    from tests.benchmarks.ours import load, on_host

    model = load(material, "r50")
    network = keras.Model(model.inputs[0], model.output)
    images = material.canvas(512, 512)

    def call():
        outputs = on_host(network.predict_on_batch(images))
        return float(outputs["category_logits"].max())

    return call


def theirs(material):
    import torch

    from tests.benchmarks.mmdetection import load, normalised

    model = load(material, "r50")
    images = normalised(material.canvas(512, 512))

    def call():
        with torch.no_grad():
            outputs = model.mask_head(model.extract_feat(images))
        return max(float(level.max()) for level in outputs[1])

    return call


CASES = [Case("R50, 512 × 512", ours, theirs)]
