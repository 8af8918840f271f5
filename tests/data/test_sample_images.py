"""The images that come with the package."""

import json

import numpy as np

from keras_solo.data import sample_images
from keras_solo.data.sample_images import FOLDER
from keras_solo.geometry import Letterbox


def test_what_they_are():
    train, valid = sample_images()
    assert (len(train), len(valid)) == (12, 4)
    assert train.class_names == valid.class_names == ("nucleus",)
    names = [record.file_name for record in (*train, *valid)]
    assert len(set(names)) == 16
    for record in (*train, *valid):
        image, masks = record.load_image(), record.full_masks()
        assert image.shape == (256, 256, 3)
        assert masks.any(axis=(1, 2)).all() and len(masks) >= 8
        assert masks.sum(axis=0).max() == 1  # a pixel has one nucleus


def test_nuclei_are_told_from_what_is_around_them():
    """Masks lie where they should: on other values than their surroundings."""
    for record in (*sample_images()[0], *sample_images()[1]):
        image = record.load_image().mean(axis=2)
        inside = record.full_masks().any(axis=0)
        apart = abs(image[inside].mean() - image[~inside].mean())
        assert apart > image.std() / 2


def test_they_may_be_shown():
    for split in ("train", "val"):
        content = json.loads((FOLDER / f"{split}.json").read_text())
        assert content["licenses"][0]["name"] == "CC0 1.0"
        assert all(image["license"] == 1 for image in content["images"])
    origins = [
        {
            image["origin"]
            for image in json.loads((FOLDER / f"{split}.json").read_text())[
                "images"
            ]
        }
        for split in ("train", "val")
    ]
    assert not origins[0] & origins[1]
    size = sum(path.stat().st_size for path in FOLDER.rglob("*.*"))
    assert size < 800_000


def test_batches():
    train, _ = sample_images()
    images, targets = train.batches(Letterbox((128, 128)), 4)[0]
    assert images.shape == (4, 128, 128, 3)
    assert np.unique(targets["labels"]).tolist() == [-1, 0]
