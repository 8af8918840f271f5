"""Annotation files: values, bytes, run lengths and polygons changed."""

import contextlib
import copy
import json
import random
import warnings

import cv2
import numpy as np

from keras_solo import Letterbox
from keras_solo.data import AnnotationError, CocoDataset
from keras_solo.data.masks import encode_mask
from keras_solo.evaluation import coco_average_precision
from tests.fuzz import odd_values
from tests.fuzz.cases import Limits

LIMITS = Limits(seconds=2.0, megabytes=300.0)
HEIGHT, WIDTH = 24, 40
# Masks of what is declared larger are not drawn: they may be large.
DRAWN = 1 << 20


def case(seed, folder):
    return open_file(changed(random.Random(seed)), folder)


def open_file(data, folder):
    """Reads annotations as a data set, and uses it; what the error says."""
    images = folder / "images"
    images.mkdir()
    for name in ("a.png", "b.png"):
        picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        cv2.imwrite(str(images / name), picture)
    path = folder / "annotations.json"
    path.write_bytes(data)
    try:
        use(CocoDataset(path, images))
    except AnnotationError as error:
        refused = str(error)
    else:
        return None
    assert str(path) in refused, f"It does not name the file: {refused}"
    with contextlib.suppress(AnnotationError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        use(CocoDataset(path, images, on_error="skip"))
    return refused


def changed(rng):
    """A file's bytes."""
    content = usual()
    how = rng.choice((values, bytes_, run_lengths, polygons))
    return how(content, rng)


def values(content, rng):
    for _ in range(rng.choice((1, 1, 2, 5))):
        odd_values.change_value(content, rng)
    return odd_values.as_json(content)


def bytes_(content, rng):
    return odd_values.change_bytes(odd_values.as_json(content), rng)


def run_lengths(content, rng):
    """The run lengths of an object, as numbers or as text."""
    item = content["annotations"][rng.choice((1, 2))]
    rle = item["segmentation"]
    if isinstance(rle["counts"], str):
        text = list(rle["counts"])
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(text) + 1)
            char = chr(rng.choice((48, 79, 80, 96, 111, 0, 32, 127, 255, 8364)))
            text[at : at + rng.choice((0, 1))] = char * rng.choice(
                (1, 2, 7, 200_000)
            )
        rle["counts"] = "".join(text)
    else:
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(rle["counts"]))
            rle["counts"][at] = rng.choice(
                (0, -1, 5, 1.5, 2.0, True, 2**32, 2**63, 10**30, "3", None)
            )
    if rng.random() < 0.2:
        rle["size"] = rng.choice(
            ([WIDTH, HEIGHT], [HEIGHT], [HEIGHT, WIDTH, 3], [24.0, 40.0], "x")
        )
    if rng.random() < 0.3:
        item.pop("bbox")
        item.pop("area")
    return odd_values.as_json(content)


def polygons(content, rng):
    """The polygon of an object: near, far, long, or of many parts."""
    item = content["annotations"][0]
    part = item["segmentation"][0]
    how = rng.randrange(5)
    if how == 0:
        part[rng.randrange(len(part))] *= 10.0 ** rng.randint(0, 18)
    elif how == 1:
        part[:] = [rng.choice((-1, 1)) * 10 ** rng.uniform(0, 5) for _ in part]
    elif how == 2:
        side = 10 ** rng.uniform(0, 3.2)
        count = 2 * rng.choice((3, 50, 5000, 50_000))
        part[:] = [rng.uniform(-side, side) for _ in range(count)]
    elif how == 3:
        item["segmentation"] *= rng.choice((2, 300))
        item["segmentation"][-1] = [rng.uniform(-900, 900) for _ in range(8)]
    else:
        image = content["images"][0]
        image["width"] = int(10 ** rng.uniform(0, 10))
        image["height"] = int(10 ** rng.uniform(0, 10))
        far = rng.choice((image["width"], 20.0 * image["width"]))
        part[:] = [0, 0, far, 0, far, image["height"], 0, 3.5]
        item.pop("bbox")
    if rng.random() < 0.5:
        item.pop("bbox", None)
        item.pop("area")
    return odd_values.as_json(content)


def use(dataset):
    """Masks, targets and an evaluation of what was read."""
    sizes = [record.original_size for record in dataset]
    if not sizes or any(h * w > DRAWN for h, w in sizes):
        return
    for record in dataset:
        record.full_masks()
    batches = dataset.batches(Letterbox((64, 64)), 1)
    for index, size in enumerate(sizes):
        if size == (HEIGHT, WIDTH):
            batches[index]
    coco_average_precision(dataset.to_coco(), [])


def examples():
    """Files that a search begins with."""
    return [odd_values.as_json(usual())]


def usual():
    """A file that nothing is wrong with."""
    return copy.deepcopy(USUAL)


def _usual():
    blob = np.zeros((HEIGHT, WIDTH), np.uint8)
    blob[3:9, 5:30] = 1
    compressed = encode_mask(blob)
    plain = {"size": [HEIGHT, WIDTH], "counts": [100, 60, 800]}
    corners = [2.5, 3.0, 30.0, 4.0, 28.0, 20.0, 3.0, 18.5]
    entries = [(7, [corners]), (7, compressed), (3, plain), (3, [corners] * 2)]
    return {
        "info": {"year": 2024},
        "images": [
            {"id": 7, "file_name": "a.png", "height": 24, "width": 40},
            {"id": 3, "file_name": "b.png", "height": 24, "width": 40},
        ],
        "annotations": [
            {
                "id": number,
                "image_id": image_id,
                "category_id": 2 + 16 * (number % 2),
                "bbox": [3, 3, 20, 10],
                "area": 60.0,
                "iscrowd": int(number == 2),
                "segmentation": segmentation,
            }
            for number, (image_id, segmentation) in enumerate(entries, 1)
        ],
        "categories": [{"id": 2, "name": "cat"}, {"id": 18, "name": "dog"}],
    }


USUAL = json.loads(json.dumps(_usual()))
