"""AP of a large scene by tiles, and of the canvases that it is made of.

    python -m tests.check_tiled_scene [--overlap 0.25 0.5] [--side-by-side]

A scene of 4000 x 3000 pixels is made of the shapes of a `ShapesDataset` whose
images are as large as the packaged model's canvas, on one background as in a
photo. These canvases are segmented one by one, and the scene by tiles, as it
lies and shifted by half a tile. AP counts all objects as those of one image.

With `--side-by-side` the images are pasted as they are. Then each background
is itself a rectangle for whoever sees more than it, which no annotation says:
that figure says what the scene is like, and decides nothing.

Shapes measure up to 70 of 128 pixels. Fails if the AP of a scene on one
background is more than 0.02 below that of its canvases with an overlap that
holds most of them, 0.5 or more.
"""

import argparse
import itertools
import sys
import time

import cv2
import numpy as np

from keras_solo import SOLOv2
from keras_solo.data import Instances, ShapesDataset
from keras_solo.data.run_lengths import encode_runs
from keras_solo.data.shapes import _noise, _paint
from keras_solo.evaluation import coco_average_precision
from keras_solo.geometry.column_parts import (
    column_parts,
    moved_parts,
    parts_runs,
)
from keras_solo.inference import segment_tiled

SIDE = 128
CLASSES = ("circle", "rectangle", "triangle")
ALLOWED = 0.02
HOLDS_MOST = 0.5


def moved(runs, x, y, size):
    parts = moved_parts(column_parts(runs, SIDE), x, y)
    return parts_runs(parts, size)


def cells(size, shift):
    """x, y of the canvases."""
    return [
        (x + shift, y + shift)
        for y in range(0, size[0] - SIDE - shift + 1, SIDE)
        for x in range(0, size[1] - SIDE - shift + 1, SIDE)
    ]


def ground(rng, size):
    base = rng.uniform(60, 195, 3)
    knots = (size[0] // 32, size[1] // 32, 3)
    coarse = (base + rng.normal(0, 18, knots)).astype(np.float32)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 1.0)
    image = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    return image, base


def scene(dataset, places, size, one_ground):
    """The picture, uint8, and its objects as COCO annotations."""
    rng = np.random.default_rng(7)
    image, base = ground(rng, size)
    truth = []
    for index, (x, y) in enumerate(places):
        record = dataset[index]
        part = image[y : y + SIDE, x : x + SIDE]
        found = Instances.from_record(record)
        if one_ground:
            for mask in found.masks:
                part[mask] = _paint(rng, mask, base)
        else:
            part[:] = record.load_image()
        truth += [
            (label, 1.0, moved(runs, x, y, size))
            for label, runs in zip(
                found.labels, found.compact_masks.runs, strict=True
            )
        ]
    if one_ground:
        image += _noise(rng, (*size, 1), 5)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8), truth


def coco(objects, size):
    """Results of COCO for `(label, score, runs)`."""
    return [
        {
            "image_id": 1,
            "category_id": int(label) + 1,
            "score": float(score),
            "segmentation": encode_runs(runs, size),
        }
        for label, score, runs in objects
    ]


def listed(found):
    return list(
        zip(found.labels, found.scores, found.compact_masks.runs, strict=True)
    )


def ap(truth, found, size):
    names = [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)]
    truth = {
        "images": [{"id": 1, "height": size[0], "width": size[1]}],
        "categories": names,
        "annotations": [
            {**one, "id": number + 1, "iscrowd": 0}
            for number, one in enumerate(coco(truth, size))
        ],
    }
    return coco_average_precision(
        truth, coco(found, size), ("mask",), max_detections=100_000
    )


def alone(model, image, places, size):
    canvases = [image[y : y + SIDE, x : x + SIDE] for x, y in places]
    for index, found in model.segment_stream(canvases):
        for label, score, runs in listed(found):
            yield label, score, moved(runs, *places[index], size)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", nargs=2, type=int, default=(3000, 4000))
    parser.add_argument("--overlap", nargs="+", type=float, default=(0.25, 0.5))
    parser.add_argument("--side-by-side", action="store_true")
    parser.add_argument("--plot", help="a folder for pictures")
    options = parser.parse_args()
    size = tuple(options.size)
    model = SOLOv2.from_preset("solov2_tiny_shapes")
    bad = 0
    grounds = (True, False) if options.side_by_side else (True,)
    for one_ground, shift in itertools.product(grounds, (0, SIDE // 2)):
        places = cells(size, shift)
        dataset = ShapesDataset(len(places), (SIDE, SIDE), seed=11)
        image, truth = scene(dataset, places, size, one_ground)
        want = ap(truth, list(alone(model, image, places, size)), size)
        name = "one ground" if one_ground else "side by side"
        print(
            f"{name}, shifted by {shift}: {len(truth)} objects; canvases "
            f"alone: AP {want['mask_ap']:.3f}, AP50 {want['mask_ap50']:.3f}"
        )
        for overlap in options.overlap:
            start = time.perf_counter()
            found = segment_tiled(model, image, overlap=overlap, verbose=0)
            seconds = time.perf_counter() - start
            got = ap(truth, listed(found), size)
            low = got["mask_ap"] < want["mask_ap"] - ALLOWED
            bad += low and one_ground and overlap >= HOLDS_MOST
            print(
                f"  overlap {overlap}: AP "
                f"{got['mask_ap']:.3f}, AP50 {got['mask_ap50']:.3f}, "
                f"{len(found)} found, {seconds:.0f} s"
                + (" TOO LOW" if low else ""),
                flush=True,
            )
            if options.plot:
                best = found[found.scores >= 0.3]
                picture = best.plot()
                picture.save(f"{options.plot}/{name}-{shift}-{overlap}.png")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
