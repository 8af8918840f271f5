"""COCO AP of exported files beside that of the model in Keras.

    python -m tests.benchmarks.evaluate_exports MODEL [FOLDER] \
        [--formats NAME ...] [--weights DTYPE ...] [--limit N]

MODEL is a preset, FOLDER a dataset with the split `val`; by default it is 100
of the seeded shapes. Each format is written with each dtype of weights that it
has. What is found goes the way of `examples/onnx_inference.py`, from the image
to COCO results, with each format's own runtime; Keras's goes through
`evaluate_coco`, on the same canvas. Up to 500 detections an image count.
"""

import argparse
import importlib.util
import json
import pathlib
import tempfile
import time

import keras_solo  # isort: skip (before keras: it chooses a backend)

from keras_solo.data import ShapesDataset, open_dataset
from keras_solo.evaluation import evaluate_coco, evaluate_results
from keras_solo.evaluation.category_ids import category_ids_of_labels
from keras_solo.export import export, open_exported
from keras_solo.export.formats import FORMATS

MOST = 500
FIGURES = ("mask_ap", "mask_ap50", "mask_ap75")
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/onnx_inference.py"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--formats", nargs="+", choices=FORMATS)
    parser.add_argument("--weights", nargs="+")
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    model = keras_solo.SOLOv2.from_preset(options.model)
    dataset = images(options)
    print(
        "| format | weights | MB | mask AP | AP50 | AP75 | on Keras "
        "| s an image |\n" + 8 * "|---" + "|"
    )
    began = time.perf_counter()
    base = evaluate_coco(model, dataset, max_detections=MOST, verbose=0)
    seconds = (time.perf_counter() - began) / len(dataset)
    print(row(["Keras", "", ""], base, base, seconds), flush=True)
    for name in options.formats or FORMATS:
        for dtype in FORMATS[name].weights_dtypes:
            if dtype in (options.weights or FORMATS[name].weights_dtypes):
                print(measured(model, dataset, name, dtype, base), flush=True)


def images(options):
    if options.folder is None:
        return ShapesDataset(options.limit or 100, seed=2)
    dataset = open_dataset(options.folder, split="val", format="coco")
    return dataset.subset(slice(options.limit))


def measured(model, dataset, name, dtype, base):
    """A line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model" + FORMATS[name].suffix)
        export(model, path, name, weights_dtype=dtype)
        size = sum(f.stat().st_size for f in pathlib.Path(folder).rglob("*"))
        began = time.perf_counter()
        results = found(path, dataset, category_ids_of_labels(model, dataset))
    seconds = (time.perf_counter() - began) / len(dataset)
    report = evaluate_results(results, dataset, max_detections=MOST)
    first = [name, dtype, f"{size / 1e6:.1f}"]
    return row(first, report.figures, base, seconds)


def found(path, dataset, category_ids):
    """COCO results of a file, by the example's way."""
    example = loaded_example()

    class Segmenter(example.Segmenter):
        """The example's, with any runtime."""

        def __init__(self):
            self.runtime = open_exported(path)
            card = path.with_name(path.name + ".json")
            self.card = json.loads(card.read_text())

        def instances_of(self, canvas):
            found = self.runtime(canvas[None])
            return [found[n][0] for n in ("masks", "labels", "confidence")]

    segmenter, results = Segmenter(), []
    for record in dataset:
        instances = segmenter(record.load_image(), min_score=0.0)
        results += example.to_coco(record.image_id, *instances, category_ids)
    return results


def loaded_example():
    spec = importlib.util.spec_from_file_location("onnx_inference", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(first, figures, base, seconds):
    values = [f"{figures[name]:.4f}" for name in FIGURES]
    change = f"{figures['mask_ap'] - base['mask_ap']:+.4f}"
    cells = [*first, *values, change, f"{seconds:.2f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
