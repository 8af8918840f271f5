"""The page is asked as a browser asks it, over HTTP."""

import json
import os
import pathlib
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

import keras_solo
from keras_solo.data import ShapesDataset

gradio = pytest.importorskip("gradio")

from examples import gradio_app  # noqa: E402

ROOT = str(pathlib.Path(__file__).parents[2])


@pytest.fixture
def model():
    return keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")


def test_what_the_page_shows(model):
    record = ShapesDataset(1, seed=3)[0]
    image = record.load_image()
    picture, rows = gradio_app.segmented(model, image, 0.4)
    assert picture.shape[2] == 3 and picture.dtype == np.uint8
    assert sorted(row[0] for row in rows) == sorted(
        model.class_names[one.label] for one in record.instances
    )
    assert all(row[1] >= 0.4 and row[2] > 0 for row in rows)
    assert gradio_app.segmented(model, image, 1.0)[1] == []
    with pytest.raises(gradio.Error, match="image"):
        gradio_app.segmented(model, None, 0.4)


ASK = """
import json, sys
import gradio_client

client = gradio_client.Client(sys.argv[1], verbose=False)
image = gradio_client.handle_file(sys.argv[2])
picture, table = client.predict(image, 0.4, api_name="/segment")
print(json.dumps([picture, table["headers"], table["data"]]))
"""


@pytest.fixture
def address():
    """Where the program serves its page."""
    environment = {"GRADIO_ANALYTICS_ENABLED": "False", **os.environ}
    program = subprocess.Popen(
        [sys.executable, gradio_app.__file__, "solov2_tiny_shapes"],
        stdout=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": ROOT, "PYTHONUNBUFFERED": "1"},
    )
    try:
        for line in program.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                yield found[0]
                break
    finally:
        program.kill()
        program.communicate()


def test_over_http(address, tmp_path):
    record = ShapesDataset(1, seed=3)[0]
    path = tmp_path / "shapes.png"
    cv2.imwrite(str(path), record.load_image()[..., ::-1])
    said = subprocess.run(
        [sys.executable, "-c", ASK, address, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    picture, headers, rows = json.loads(said.stdout.splitlines()[-1])
    assert picture and headers == gradio_app.COLUMNS
    names = ("circle", "rectangle", "triangle")
    assert sorted(row[0] for row in rows) == sorted(
        names[one.label] for one in record.instances
    )
