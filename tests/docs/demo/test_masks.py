"""Masks come home in the browser's demo as the package brings them."""

import json
import pathlib
import shutil
import subprocess

import cv2
import numpy as np
import pytest

from keras_solo import Letterbox
from tests.docs.demo.dense import dense

HERE = pathlib.Path(__file__).parent
DEMO = HERE.parents[2] / "docs" / "demo"


def smooth_masks(rng, count, height, width):
    noise = rng.uniform(0, 1, (count, height, width)).astype(np.float32)
    masks = [cv2.GaussianBlur(one, (0, 0), 3) for one in noise]
    return [(one - one.min()) / (one.max() - one.min()) for one in masks]


@pytest.mark.skipif(
    shutil.which("node") is None, reason="Node.js is not installed."
)
@pytest.mark.parametrize("size", [(171, 171), (300, 220), (30, 41)])
def test_masks_are_those_of_python(size):
    height, width = size
    masks = smooth_masks(np.random.default_rng(0), 5, 32, 64)
    masks.append(np.zeros((32, 64), np.float32))
    case = {
        "image": {"height": height, "width": width},
        "canvas": {"height": 128, "width": 256},
        "stride": 4,
        "grid": {"height": 32, "width": 64},
        "masks": [mask.ravel().tolist() for mask in masks],
    }
    done = subprocess.run(
        ["node", str(HERE / "masks.mjs"), str(DEMO)],
        input=json.dumps(case),
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    found = [dense(one, height, width) for one in json.loads(done.stdout)]
    wanted = Letterbox((128, 256)).masks_to_original(np.array(masks), size)
    assert wanted[:-1].any(axis=(1, 2)).all()
    assert not found[-1].any()
    # The browser computes in float64: a pixel at the threshold may differ.
    assert (np.array(found) != wanted).mean() < 1e-4
