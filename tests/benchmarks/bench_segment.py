"""The whole way: a JPEG file of 480 × 640 in, masks in its pixels out.

Ours is `model.segment(path)`; theirs is `inference_detector(model, path)`.
Both read the file, make a canvas of 800 × 1088, and find about 90 instances.
"""

from tests.benchmarks.cases import Case

TITLE = "Segment"


def ours(material):
    from tests.benchmarks.ours import load

    model = load(material, "r50")
    path = material.photo()

    def call():
        found = model.segment(path)
        return len(found.masks)

    return call


def theirs(material):
    import make_mmdet_full  # noqa: F401  of tests/fixtures; MMDetection's stubs
    from mmdet.apis import inference_detector

    from tests.benchmarks.mmdetection import load

    model = load(material, "r50")
    path = str(material.photo())

    def call():
        found = inference_detector(model, path).pred_instances
        return len(found.masks.numpy())

    return call


CASES = [Case("R50, canvas of 800 × 1088", ours, theirs)]
