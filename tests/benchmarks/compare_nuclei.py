"""A SOLOv2 and StarDist on the same images, by the same measures.

    python tests/benchmarks/stardist_nuclei.py FOLDER STARDIST  # its own pip
    python -m tests.benchmarks.compare_nuclei FOLDER --stardist STARDIST \
        --preset RUN [--scale 1.25 --overlap 0.125 --no-whole]

FOLDER is the nuclei dataset with the splits `train` and `val`; RUN a model that
was trained on `train`. Its score threshold for the pooled accuracy is chosen on
the tenth of `train` that tuned StarDist's. Measured on `val`, up to 500
detections an image: COCO mask AP, also by thirds of the objects' size; pooled
accuracy TP / (TP + FP + FN) at an IoU of 0.5; of the pairs of nuclei at most
one pixel apart how many come out as two; and seconds an image.
"""

import argparse
import json
import pathlib
import time

import keras_solo  # isort: skip (before keras: it chooses a backend)
import numpy as np

from keras_solo.data import Instances, open_dataset
from keras_solo.evaluation import evaluate_results
from keras_solo.evaluation.coco import segmented
from keras_solo.inference import Tiling
from tests.benchmarks.touching_pairs import separated

KINDS = ("low", "tuned")
FIGURES = ("ap", "ap50", "ap75", "ap_third1", "ap_third2", "ap_third3")
MOST = 500
LOW = 0.05
THRESHOLDS = np.round(np.arange(0.1, 0.65, 0.05), 2).tolist()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stardist", type=pathlib.Path)
    parser.add_argument("--preset")
    parser.add_argument("--scale", type=float)
    parser.add_argument("--overlap", type=float, default=0.125)
    parser.add_argument("--no-whole", dest="whole", action="store_false")
    options = parser.parse_args(arguments)
    valid = open_dataset(options.folder, split="val", format="coco")
    rows = []
    if options.stardist:
        rows.append(row("StarDist", valid, *of_stardist(options, valid)))
    if options.preset:
        rows.append(row("keras-solo", valid, *of_ours(options, valid)))
    print(
        "| | mask AP | AP50 | AP75 | smallest third | middle | largest "
        "| accuracy | threshold | pairs as two | s an image |\n" + 11 * "|---"
    )
    print("\n".join(rows))


def of_stardist(options, valid):
    """Results above a low and above the tuned score, that score, seconds."""
    times = json.loads((options.stardist / "times.json").read_text())
    kinds = [label_maps(options.stardist, kind, valid) for kind in KINDS]
    return *kinds, times["tuned"], times["image"]


def label_maps(folder, kind, valid):
    """COCO results of all images."""
    return [
        result
        for record, found in zip(
            valid, instances_of(folder, kind, valid), strict=True
        )
        for result in found.to_coco(record.image_id)
    ]


def instances_of(folder, kind, dataset):
    """Yields what StarDist found in each image, `kind` one of `KINDS`."""
    scores = json.loads((folder / f"{kind}.json").read_text())
    for record in dataset:
        name = pathlib.Path(record.file_name).stem
        yield Instances.from_label_map(
            folder / kind / f"{name}.png",
            scores=scores[name],
            category_ids=dataset.category_ids,
        )


def of_ours(options, valid):
    model = keras_solo.SOLOv2.from_preset(options.preset)
    how = {}
    if options.scale:
        how["tiled"] = Tiling(
            scale=options.scale, overlap=options.overlap, whole=options.whole
        )
    train = open_dataset(options.folder, split="train", format="coco")
    order = np.random.default_rng(0).permutation(len(train))
    tuning = train.subset(sorted(order[: len(train) // 10].tolist()))
    score = best_score(tuning, found(model, tuning, how)[0])
    results, seconds = found(model, valid, how)
    return results, results, score, seconds


def found(model, dataset, how):
    """Results, and seconds an image after a few that compile."""
    list(segmented(model, dataset.subset(slice(9)), 8, 0, MOST, **how))
    began = time.perf_counter()
    results = list(segmented(model, dataset, 8, 0, MOST, **how))
    seconds = (time.perf_counter() - began) / len(dataset)
    return [one for one in results if one["score"] >= LOW], seconds


def best_score(dataset, results):
    """The threshold with the best pooled accuracy."""
    accuracy = [pooled(dataset, results, threshold) for threshold in THRESHOLDS]
    return THRESHOLDS[int(np.argmax(accuracy))]


def pooled(dataset, results, threshold):
    report = evaluate_results(
        results, dataset, max_detections=MOST, score_threshold=threshold
    )
    return report.figures["mask_accuracy50"]


def row(name, valid, low, tuned, score, seconds):
    """A line of the table."""
    report = evaluate_results(low, valid, max_detections=MOST)
    figures = report.figures
    count, apart = separated(valid, tuned, score)
    cells = [f"{figures[f'mask_{key}']:.3f}" for key in FIGURES]
    cells += [f"{pooled(valid, tuned, score):.3f}", f"{score:.2f}"]
    cells += [f"{apart} of {count}", f"{seconds:.2f}"]
    return f"| {' | '.join([name, *cells])} |"


if __name__ == "__main__":
    main()
