"""Time by stage and memory of `evaluate_coco`: pycocotools and hotcoco.

Everything is real but the network: a stand-in hands out instances made
beforehand, in the pixels of synthetic images. Each evaluator runs in a process
of its own. Times are seconds of all cores, without imports and the making of
the data. *Growth* is what the process has grown by at most, for each instance
that was kept, over what it was before. Alone it is
`python -m tests.benchmarks.bench_evaluation --images 5000 --classes 80`.
"""

import argparse
import gc
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np

from tests.benchmarks.child import versions

TITLE = "Evaluation"
MODULE = "tests.benchmarks.bench_evaluation"
ROOT = pathlib.Path(__file__).parents[2]
EVALUATORS = ("pycocotools", "hotcoco")
# The more detections are of one class, the more memory it takes.
CLASSES = (80, 1)
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

    def segment_stream(self, images, batch_size, ordered, **options):
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
    print(
        json.dumps(
            {
                "stages": stages,
                "growth": growth,
                "scores": scores,
                "versions": versions(),
            }
        )
    )


# === Tables ===


def report(pythons):
    """Tables for the page, by the first Python that there is; and versions."""
    backend, python = next(iter(pythons.items()))
    tables, used = [], {}
    for count in CLASSES:
        options = settings([f"--classes={count}"])
        results = run_all(options, python, backend)
        tables.append(table(options, results))
        for result in results.values():
            used |= result["versions"]
    return "\n\n".join(tables), used


def run_all(options, python=sys.executable, backend=""):
    return {
        name: run(name, options, python, backend)
        for name in EVALUATORS
        if name == "pycocotools" or has_hotcoco(python)
    }


def table(options, results):
    kept = options.images * options.detections
    lines = [
        f"**{options.images:,} images of {SIZE[0]} × {SIZE[1]}, {kept:,} "
        f"instances, classes: {options.classes}**:",
        "",
        f"| core seconds | {' | '.join(results)} |",
        "|---" + "|---:" * len(results) + "|",
    ]
    for label in results["pycocotools"]["stages"]:
        seconds = [result["stages"][label] for result in results.values()]
        lines.append(row(label, seconds))
    growths = [result["growth"] for result in results.values()]
    lines.append(row("growth, KB an instance", growths))
    if len(results) == 2:
        lines += ["", f"Largest difference of any figure: {apart(results):.1e}"]
    return "\n".join(lines)


def row(label, values):
    return f"| {label} | {' | '.join(f'{value:.2f}' for value in values)} |"


def apart(results):
    one, other = (result["scores"] for result in results.values())
    return np.nanmax([abs(one[name] - other[name]) for name in one])


def has_hotcoco(python):
    command = [python, "-c", "import hotcoco"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def run(evaluator, options, python, backend):
    command = [python, "-m", MODULE, "--evaluator", evaluator]
    for name in ("images", "detections", "classes"):
        command += [f"--{name}", str(getattr(options, name))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if backend:
        environment["KERAS_BACKEND"] = backend
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=ROOT, env=environment
    )
    return json.loads(done.stdout)


def settings(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--detections", type=int, default=20)
    parser.add_argument("--classes", type=int, default=80)
    parser.add_argument("--evaluator", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main():
    options = settings()
    if options.evaluator:
        measure(options.evaluator, options)
    else:
        print(table(options, run_all(options)))


if __name__ == "__main__":
    main()
