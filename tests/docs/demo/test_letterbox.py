"""The letterbox of the browser's demo is the package's, to the bit."""

import base64
import json
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

from keras_solo import Letterbox

HERE = pathlib.Path(__file__).parent
DEMO = HERE.parents[2] / "docs" / "demo"
# (height, width) of images; 64 x 128 is a half of the second canvas.
SIZES = [(171, 171), (300, 220), (90, 120), (64, 128), (512, 1024), (1, 9)]
CANVASES = [(128, 128), (128, 256)]

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node.js is not installed."
)


def as_base64(array):
    return base64.b64encode(array.tobytes()).decode()


def canvases_of_node(images, letterbox):
    height, width = letterbox.image_size
    cases = [
        {
            "height": image.shape[0],
            "width": image.shape[1],
            "rgb": as_base64(image),
            "canvas": {"height": height, "width": width},
            "padValue": letterbox.pad_value,
        }
        for image in images
    ]
    done = subprocess.run(
        ["node", str(HERE / "letterbox.mjs"), str(DEMO / "letterbox.js")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return [
        np.frombuffer(base64.b64decode(one), np.uint8).reshape(height, width, 3)
        for one in json.loads(done.stdout)
    ]


@needs_node
@pytest.mark.parametrize("canvas", CANVASES)
def test_canvases_are_those_of_python(canvas):
    rng = np.random.default_rng(0)
    images = [
        rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in SIZES
    ]
    letterbox = Letterbox(canvas)
    for image, ours in zip(
        images, canvases_of_node(images, letterbox), strict=True
    ):
        theirs = np.rint(letterbox.to_canvas(image))
        np.testing.assert_array_equal(ours, theirs)
