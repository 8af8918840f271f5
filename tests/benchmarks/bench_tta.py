"""Mask AP and time with and without test-time augmentation.

    python -m tests.benchmarks.bench_tta [--images 300] [--seed 77]
    python -m tests.benchmarks.bench_tta --preset FOLDER --data FOLDER

Without options on `ShapesDataset`, with the preset `solov2_tiny_shapes`. The
time is CPU time of all threads for each image, from the image in memory to its
instances, after one batch that compiles; beside it its ratio to one view.
`pooled` is the other way to merge the same views: all detections in one pool,
and Matrix NMS between those of different views.
"""

import argparse
import dataclasses
import sys
import time

import numpy as np

import keras_solo
from keras_solo.data import ShapesDataset, open_dataset
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.records import load_scaled
from keras_solo.evaluation import coco_average_precision
from keras_solo.evaluation.category_ids import category_ids_of_labels
from keras_solo.inference import TTA, tta_stream
from keras_solo.inference.run_nms import decay_pairs, overlapping_pairs

FOUR = ("none", "horizontal", "vertical", "both")
SETTINGS = {
    "one view": None,
    "2 flips": TTA(),
    "4 flips": TTA(FOUR),
    "3 scales": TTA(("none",), (0.75, 1.0, 1.25)),
    "2 flips, 3 scales": TTA(scales=(0.75, 1.0, 1.25)),
}
FIGURES = ("mask_ap", "mask_ap50", "mask_ap75")
STREAM = sys.modules["keras_solo.inference.tta_stream"]
MERGED = STREAM.merged_views


def pooled(views, decoder):
    """All detections, decayed by those of other views."""
    size = views[0].original_size
    runs = [one for view in views for one in view.compact_masks.runs]
    masks = CompactMasks(tuple(runs), size)
    labels = np.concatenate([view.labels for view in views])
    scores = np.concatenate([view.scores for view in views])
    numbers = np.repeat(range(len(views)), [len(view) for view in views])
    first, second, iou = overlapping_pairs(masks, labels)
    unmet = numbers[first] != numbers[second]
    scores = decay_pairs(
        first[unmet],
        second[unmet],
        iou[unmet],
        scores,
        decoder.nms_kernel,
        decoder.nms_sigma,
    )
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= decoder.update_threshold]
    order = order[: decoder.max_detections]
    masks = masks[order]
    return dataclasses.replace(
        views[0],
        compact_masks=masks,
        labels=labels[order],
        scores=scores[order],
        boxes=masks.boxes,
    )


def stream(model, images, tta):
    if tta is None:
        return model.segment_stream(images)
    return tta_stream(model, images, tta)


def average_precision(dataset, found, ids):
    results = [
        result
        for record, instances in zip(dataset, found, strict=True)
        for result in instances.to_coco(record.image_id, category_ids=ids)
    ]
    figures = coco_average_precision(dataset.to_coco(), results, ("mask",))
    return [figures[name] for name in FIGURES]


def print_row(name, figures, seconds, ratio):
    numbers = " ".join(f"{value:9.4f}" for value in figures)
    print(f"{name:26} {numbers} {seconds:10.4f} {ratio:6.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--preset", default="solov2_tiny_shapes")
    parser.add_argument("--data", help="a folder, in place of shapes")
    parser.add_argument("--split", help="of the folder")
    options = parser.parse_args()
    model = keras_solo.SOLOv2.from_preset(options.preset)
    dataset = ShapesDataset(options.images, seed=options.seed)
    if options.data:
        dataset = open_dataset(options.data, options.split)
    ids = category_ids_of_labels(model, dataset)
    intensity = model.preprocessor.intensity

    def images(count):
        return (load_scaled(dataset[i], intensity) for i in range(count))

    print(f"{len(dataset)} images")
    names = [*(name[5:] for name in FIGURES), "seconds", "ratio"]
    print(f"{'':25} {names[0]:>10}" + "".join(f"{n:>10}" for n in names[1:]))
    once = 0.0
    for name, tta in SETTINGS.items():
        views = []
        for _ in stream(model, images(min(8, len(dataset))), tta):
            pass
        STREAM.merged_views = lambda seen, decoder, views=views: (
            views.append(seen) or MERGED(seen, decoder)
        )
        start = time.process_time()
        found = [
            instances
            for _, instances in stream(model, images(len(dataset)), tta)
        ]
        seconds = (time.process_time() - start) / len(dataset)
        STREAM.merged_views = MERGED
        once = once or seconds
        figures = average_precision(dataset, found, ids)
        print_row(name, figures, seconds, seconds / once)
        if tta is not None:
            found = [pooled(seen, model.decoder) for seen in views]
            figures = average_precision(dataset, found, ids)
            print_row(f"{name}, pooled", figures, seconds, seconds / once)


if __name__ == "__main__":
    main()
