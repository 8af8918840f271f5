"""The truth, what StarDist found and what a SOLOv2 found, side by side.

    python -m tests.benchmarks.picture_nuclei FOLDER --stardist STARDIST \
        --preset RUN --images NUMBER ... [--score 0.35] --output FILE

FOLDER and STARDIST are those of `compare_nuclei`, `--images` numbers of images
in `val`, from 0. Each row is an image's upper left corner of 256 x 256 pixels,
enlarged: the annotated nuclei, those of StarDist above its tuned score, ours.
"""

import argparse
import pathlib

import keras_solo  # isort: skip (before keras: it chooses a backend)
import cv2
import numpy as np

from keras_solo.data import Instances, open_dataset
from keras_solo.inference import segment_tiled
from keras_solo.visualization import draw_sheet
from tests.benchmarks.compare_nuclei import instances_of

SIDE, TIMES = 256, 2


def main(arguments=None):
    options = parse(arguments)
    valid = open_dataset(options.folder, split="val", format="coco")
    model = keras_solo.SOLOv2.from_preset(options.preset)
    chosen = valid.subset(options.images)
    stardist = instances_of(options.stardist, "tuned", chosen)
    pictures = []
    for record, theirs in zip(chosen, stardist, strict=True):
        image = record.load_image()
        for instances in (
            Instances.from_record(record),
            theirs,
            segment_tiled(
                model,
                image,
                scale=3.0,
                overlap=0.25,
                whole=False,
                min_score=options.score,
            ),
        ):
            pictures.append(corner(instances, image))
    sheet = np.asarray(draw_sheet(pictures, columns=3))
    # Smaller than `Picture.save`: this is for a page.
    cv2.imwrite(
        options.output, sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75]
    )


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stardist", type=pathlib.Path, required=True)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--images", type=int, nargs="+", required=True)
    parser.add_argument("--score", type=float, default=0.35)
    parser.add_argument("--output", required=True)
    return parser.parse_args(arguments)


def corner(instances, image):
    """The upper left corner with its instances."""
    picture = instances.plot(
        image, show_labels=False, opacity=0.25, scale=TIMES
    )
    return np.asarray(picture)[: SIDE * TIMES, : SIDE * TIMES]


if __name__ == "__main__":
    main()
