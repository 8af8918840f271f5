"""AP and seconds an image: whole images on the canvas, and tiles of them.

    python -m tests.benchmarks.bench_tiling --preset FOLDER --data FOLDER \
        [--split val] [--scale 1.25] [--overlaps 0 0.125 0.25 0.5] [--limit N] \
        [--tiles-only] [--tta] [--output tiling.json]

Every image is segmented by one and the same model: whole, made to fit its
canvas, in tiles of the canvas's size at a scale, with several overlaps, and
with `--tta` whole in several views.

Printed are mask AP, AP50 and AR of up to 1000 results an image, overall and by
thirds of the images' areas; how many canvases an image takes; and seconds an
image, by the clock and of all cores together, which others on the machine
disturb less. Reading files is counted. A few images go first, to compile.
"""

import argparse
import json
import platform
import time

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras
import numpy as np

from keras_solo._whole_files import write_whole
from keras_solo.data import open_dataset
from keras_solo.evaluation import coco_average_precision
from keras_solo.evaluation.coco import segmented
from keras_solo.geometry.flipped_runs import FLIPS
from keras_solo.geometry.tiles import tiles
from keras_solo.inference import TTA, Tiling

MOST = 1000
FIGURES = ("mask_ap", "mask_ap50", f"mask_ar{MOST}")


def thirds(dataset):
    """The images in three groups, those of the smallest area first."""
    areas = [int(np.prod(record.original_size)) for record in dataset]
    order = np.argsort(areas, kind="stable")
    return [part.tolist() for part in np.array_split(order, 3)]


def measured(model, dataset, how, batch_size):
    """What is found in images, and the seconds and core seconds it takes."""
    start, start_of_cores = time.perf_counter(), time.process_time()
    results = segmented(model, dataset, batch_size, 0, 100, **how)
    seconds = time.perf_counter() - start
    return list(results), (seconds, time.process_time() - start_of_cores)


def canvases(model, dataset, how):
    """How many canvases an image takes, in the mean."""
    if "tta" in how:
        return float(len(how["tta"].flips) * len(how["tta"].scales))
    if not how:
        return 1.0
    tiling = how["tiled"]
    piece = tiling.piece(model.preprocessor)
    counts = [
        len(tiles(record.original_size, piece, tiling.overlap))
        for record in dataset
    ]
    # Of what fits one tile there is no second look.
    return float(np.mean([n + (tiling.whole and n > 1) for n in counts]))


def row(name, dataset, results, count, seconds):
    """Figures of some images and of what was found in them."""
    truth = dataset.to_coco()
    figures = coco_average_precision(
        truth, results, ("mask",), max_detections=MOST
    )
    return {
        "images": name,
        "number": len(dataset),
        "objects": len(truth["annotations"]),
        "results": len(results),
        **{figure: round(figures[figure], 4) for figure in FIGURES},
        "canvases": round(float(count), 2),
        "seconds": round(seconds[0] / len(dataset), 3),
        "core_seconds": round(seconds[1] / len(dataset), 3),
    }


def rows(model, dataset, how, batch_size):
    """Of all images, and of each third."""
    parts = thirds(dataset)
    first = [*parts[0][: batch_size + 1], parts[-1][-1]]
    measured(model, dataset.subset(first), how, batch_size)
    found, all_results, total = [], [], np.zeros(2)
    for place, indices in enumerate(parts, start=1):
        part = dataset.subset(indices)
        results, seconds = measured(model, part, how, batch_size)
        count = canvases(model, part, how)
        found.append(row(f"third {place}", part, results, count, seconds))
        all_results += results
        total += seconds
    count = canvases(model, dataset, how)
    return [row("all", dataset, all_results, count, total), *found]


def sizes(dataset):
    """The smallest and the largest image of each third, height x width."""
    return [
        [
            list(dataset[part[0]].original_size),
            list(dataset[part[-1]].original_size),
        ]
        for part in thirds(dataset)
    ]


def variants(options):
    """Names, and what `evaluate_coco` takes for each."""
    yield "whole", {}
    for overlap in options.overlaps:
        tiling = Tiling(overlap=overlap, scale=options.scale)
        yield f"tiled, overlap {overlap:g}", {"tiled": tiling}
    if options.tiles_only:
        tiling = Tiling(scale=options.scale, whole=False)
        yield "tiled, overlap 0.25, tiles only", {"tiled": tiling}
    if options.tta:
        yield "mirrored, 2 views", {"tta": TTA()}
        yield "mirrored, 4 views", {"tta": TTA(tuple(FLIPS))}


def line(name, one):
    cells = [f"{one[figure]:.3f}" for figure in FIGURES]
    cells = [name, one["images"], *cells, f"{one['canvases']:.1f}"]
    cells += [f"{one['seconds']:.2f}", f"{one['core_seconds']:.2f}"]
    return f"| {' | '.join(cells)} |"


def main(arguments=None):
    options = parse(arguments)
    model = keras_solo.SOLOv2.from_preset(options.preset)
    dataset = open_dataset(options.data, split=options.split)
    if options.limit:
        dataset = dataset.subset(slice(options.limit))
    result = {
        "model": f"{model.count_params():,} weights",
        "canvas": list(model.preprocessor.image_size),
        "backend": keras.backend.backend(),
        "machine": platform.processor() or platform.machine(),
        "sizes": sizes(dataset),
        "options": {
            key: value
            for key, value in vars(options).items()
            if key not in ("preset", "data", "output")
        },
        "variants": {},
    }
    print(f"{len(dataset)} images, thirds {result['sizes']}", flush=True)
    print(f"| | images | AP | AP50 | AR{MOST} | canvases | s | core s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name, how in variants(options):
        found = rows(model, dataset, how, options.batch_size)
        chosen = {key: repr(value) for key, value in how.items()}
        result["variants"][name] = {**chosen, "rows": found}
        for one in found:
            print(line(name, one), flush=True)
        if options.output:
            write_whole(options.output, json.dumps(result, indent=2))


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--scale", type=float, default=1.25)
    parser.add_argument(
        "--overlaps", type=float, nargs="*", default=[0, 0.125, 0.25, 0.5]
    )
    parser.add_argument("--tiles-only", action="store_true")
    parser.add_argument("--tta", action="store_true")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
