"""Time by stage and memory of `evaluate_coco`: pycocotools against hotcoco.

  python tests/benchmarks/bench_evaluation.py [--images 5000]
      [--detections 20] [--classes 3]

Everything is real but the network: a stand-in hands out instances made
beforehand, in the pixels of synthetic images. Each evaluator runs in a process
of its own. Times are of the process (all its threads), without imports and the
making of the data. Memory is what the process has grown by at most, for each
instance that was kept, over what it was before.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import time

import numpy as np

SIZE = (240, 320)
OBJECTS = 7
POOL = 400
STAGES = {
    "encode (Instances.to_coco)": ("keras_solo.data", "Instances", "to_coco"),
    "ground truth (dataset.to_coco)": (__name__, "Ellipses", "to_coco"),
    "check ground truth": ("keras_solo.evaluation.coco", "checked_truth"),
    "check results": (
        "keras_solo.evaluation.average_precision",
        "places_by_category",
    ),
    "mask and box AP": (
        "keras_solo.evaluation.average_precision",
        "accumulated",
    ),
}


# === Data ===


class Ellipses:
    """Annotated images; what they show does not matter here."""

    def __init__(self, images, classes, pool):
        self.category_ids = tuple(range(1, classes + 1))
        self.class_names = None
        self.images, self.pool = images, pool
        self.image = np.zeros((*SIZE, 3), np.uint8)

    def __len__(self):
        return self.images

    def __getitem__(self, index):
        return Photo(index + 1, self.image)

    def to_coco(self):
        rng = np.random.default_rng(1)
        height, width = SIZE
        return {
            "images": [
                {"id": n, "height": height, "width": width}
                for n in range(1, len(self) + 1)
            ],
            "categories": [
                {"id": n, "name": f"{n}"} for n in self.category_ids
            ],
            "annotations": [
                self.annotation(1 + number // OBJECTS, number + 1, rng)
                for number in range(OBJECTS * len(self))
            ],
        }

    def annotation(self, image_id, number, rng):
        from keras_solo.data.masks import encode_mask

        return {
            "id": number,
            "image_id": image_id,
            "category_id": int(rng.choice(self.category_ids)),
            "segmentation": encode_mask(self.pool[rng.integers(POOL)]),
            "iscrowd": 0,
        }


class Photo:
    def __init__(self, image_id, image):
        self.image_id, self.image = image_id, image
        self.original_size = SIZE

    def load_image(self):
        return self.image


class StandIn:
    """A model that finds some of the masks of a pool in every image."""

    class_names = None

    def __init__(self, classes, detections, pool):
        from keras_solo import Letterbox

        self.num_classes, self.pool = classes, pool
        self.preprocessor = Letterbox((256, 320))
        self.rng = np.random.default_rng(2)
        self.detections = detections

    def segment_stream(self, images, batch_size, ordered):
        from keras_solo import Instances

        for index, load in enumerate(images):
            load()
            chosen = self.rng.integers(0, POOL, self.detections)
            yield (
                index,
                Instances(
                    self.pool[chosen],
                    self.rng.integers(0, self.num_classes, self.detections),
                    self.rng.random(self.detections),
                ),
            )


def ellipses():
    rng = np.random.default_rng(0)
    rows, cols = np.mgrid[: SIZE[0], : SIZE[1]]
    masks = np.zeros((POOL, *SIZE), bool)
    for mask in masks:
        (y, x), (height, width) = rng.uniform(0, SIZE), rng.uniform(10, 60, 2)
        mask[:] = ((rows - y) / height) ** 2 + ((cols - x) / width) ** 2 < 1
    return masks


# === Measuring ===


class Timed:
    """A function that is put in another's place and notes its time."""

    def __init__(self, function, stages, label):
        self.function, self.stages, self.label = function, stages, label

    def __get__(self, instance, owner):
        return lambda *args, **kwargs: self(instance, *args, **kwargs)

    def __call__(self, *args, **kwargs):
        start = time.process_time()
        try:
            return self.function(*args, **kwargs)
        finally:
            self.stages[self.label] += time.process_time() - start


def watch(stages):
    for label, (module, *names, last) in STAGES.items():
        owner = sys.modules[module]
        for name in names:
            owner = getattr(owner, name)
        stages[label] = 0.0
        setattr(owner, last, Timed(getattr(owner, last), stages, label))


def measure(evaluator, options):
    from keras_solo.evaluation import evaluate_coco

    pool = ellipses()

    def evaluate(images):
        dataset = Ellipses(images, options.classes, pool)
        model = StandIn(options.classes, options.detections, pool)
        return evaluate_coco(model, dataset, verbose=0, evaluator=evaluator)

    evaluate(20)
    stages = {}
    watch(stages)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    scores = evaluate(options.images)
    whole = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stages["the rest (stream, bar)"] = whole - sum(stages.values())
    stages["all"] = whole
    kept = options.images * options.detections
    growth = (after - before) / kept
    print(json.dumps({"stages": stages, "growth": growth, "scores": scores}))


def run(evaluator, options):
    command = [sys.executable, __file__, "--evaluator", evaluator]
    for name in ("images", "detections", "classes"):
        command += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--detections", type=int, default=20)
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--evaluator", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.evaluator:
        measure(options.evaluator, options)
        return
    theirs, ours = (run(name, options) for name in ("pycocotools", "hotcoco"))
    print(
        f"{options.images} images of {SIZE[0]} x {SIZE[1]}, "
        f"{options.detections} instances each, {options.classes} classes\n\n"
        "| CPU seconds | pycocotools | hotcoco | ratio |\n|---|---|---|---|"
    )
    for label, seconds in theirs["stages"].items():
        mine = ours["stages"][label]
        ratio = seconds / mine if mine else float("nan")
        print(f"| {label} | {seconds:.2f} | {mine:.2f} | {ratio:.1f} |")
    print(
        f"| growth, KB an instance | {theirs['growth']:.2f} | "
        f"{ours['growth']:.2f} | {theirs['growth'] / ours['growth']:.1f} |"
    )
    apart = np.nanmax(
        [abs(theirs["scores"][k] - ours["scores"][k]) for k in ours["scores"]]
    )
    print(f"\nLargest difference of any figure: {apart:.1e}")


if __name__ == "__main__":
    main()
