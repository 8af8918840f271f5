"""What one model finds in a large image: whole on its canvas, and in tiles.

    python -m tests.benchmarks.picture_tiling --preset FOLDER --data FOLDER \
        --image NUMBER [--window X1 Y1 X2 Y2] [--scale 1.25] --output FILE

Draws a window of the image twice, side by side, and prints the figures of the
whole image. `--image` is the number of the image in the split, from 0.
"""

import argparse

import keras_solo  # isort: skip (before keras: it chooses a backend)
import cv2
import numpy as np

from keras_solo.data import open_dataset
from keras_solo.evaluation import evaluate_coco
from keras_solo.inference import Tiling, segment_tiled
from keras_solo.visualization import Picture

SCORE = 0.3
GAP = 12


def drawn(instances, window, width):
    """A window of an image, with its instances, so many pixels wide."""
    good = instances[instances.scores >= SCORE]
    x1, y1, x2, y2 = window
    times = width / (x2 - x1)
    picture = np.asarray(good.plot(show_labels=False, opacity=0.4))
    part = picture[y1:y2, x1:x2]
    return cv2.resize(part, None, fx=times, fy=times)


def main(arguments=None):
    options = parse(arguments)
    model = keras_solo.SOLOv2.from_preset(options.preset)
    dataset = open_dataset(options.data, split=options.split)
    one = dataset.subset([options.image])
    image = one[0].load_image()
    height, width = image.shape[:2]
    window = options.window or (0, 0, width, height)
    found = [
        model.segment(image),
        segment_tiled(model, image, scale=options.scale, verbose=0),
    ]
    parts = [drawn(each, window, options.width) for each in found]
    gap = np.full((parts[0].shape[0], GAP, 3), 255, np.uint8)
    picture = Picture(np.hstack([parts[0], gap, parts[1]]))
    picture.save(options.output)
    print(f"{height} x {width} pixels, {len(one[0].instances)} objects")
    for name, each, tiled in zip(
        ("whole", "tiled"),
        found,
        (False, Tiling(scale=options.scale)),
        strict=True,
    ):
        scores = evaluate_coco(
            model, one, verbose=0, tiled=tiled, max_detections=500
        )
        print(
            f"{name}: {(each.scores >= SCORE).sum()} with a score of {SCORE} "
            f"or more, AP {scores['mask_ap']:.3f}, AP50 "
            f"{scores['mask_ap50']:.3f}"
        )


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--image", type=int, required=True)
    parser.add_argument("--window", type=int, nargs=4)
    parser.add_argument("--width", type=int, default=594)
    parser.add_argument("--scale", type=float, default=1.25)
    parser.add_argument("--output", required=True)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
