"""A dataset's category ids on their whole way, in and out of files."""

import json
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_solo import SOLOv2
from keras_solo.models.coco_classes import COCO_CATEGORY_IDS
from tests.backend_use import once

ROOT = pathlib.Path(__file__).parents[2]
IDS = (7, 9, 42)
LOW = {"score_threshold": 0.01, "update_threshold": 0.0001}
PHOTO = np.random.default_rng(0).integers(0, 255, (60, 50, 3)).astype("uint8")
# A fresh process knows only what the files say.
WRITE = """
import json, sys
import keras, numpy as np
import keras_solo
kind, path = sys.argv[1:]
load = keras_solo.SOLOv2.from_preset if kind == "preset" else (
    keras.saving.load_model)
photo = np.random.default_rng(0).integers(0, 255, (60, 50, 3)).astype("uint8")
results = load(path).segment(photo).to_coco(image_id=1)
print(json.dumps([result["category_id"] for result in results]))
"""


@pytest.fixture
def model(make_model):
    return make_model(category_ids=IDS, decoder=LOW)


def written(model):
    found = model.segment(PHOTO)
    ids = [result["category_id"] for result in found.to_coco(image_id=1)]
    assert ids and ids == [IDS[label] for label in found.labels]
    return ids


def test_segment_writes_them(model):
    assert set(written(model)) <= set(IDS)


@once
@pytest.mark.parametrize("kind", ["preset", "keras"])
def test_a_fresh_process_writes_them(model, tmp_path, kind):
    path = tmp_path / "model.keras"
    if kind == "preset":
        path = tmp_path / "preset"
        model.save_to_preset(path)
    else:
        model.save(path)
    done = subprocess.run(
        [sys.executable, "-c", WRITE, kind, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == written(model)


def test_new_class_names_drop_them(model, tmp_path):
    model.save_to_preset(tmp_path)
    assert SOLOv2.from_preset(tmp_path).category_ids == IDS
    names = ["x", "y", "z"]
    assert SOLOv2.from_preset(tmp_path, class_names=names).category_ids is None
    own = SOLOv2.from_preset(
        tmp_path, class_names=names, category_ids=[1, 2, 3]
    )
    assert own.category_ids == (1, 2, 3)
    other = SOLOv2.from_preset(tmp_path, category_ids=[5, 6, 7])
    assert other.category_ids == (5, 6, 7)


def test_a_coco_preset_s_architecture_writes_coco_s_ids():
    model = SOLOv2.from_preset(
        "solov2_light_r18_fpn_3x_coco",
        load_weights=False,
        preprocessor={"image_size": (64, 64)},
        decoder={**LOW, "score_threshold": 0.0, "max_detections": 50},
    )
    # Every class is found somewhere.
    bias = model.head.category_output.bias
    bias.assign(np.random.default_rng(0).normal(0, 3, bias.shape))
    found = model.segment(PHOTO)
    ids = [result["category_id"] for result in found.to_coco(image_id=1)]
    assert ids == [COCO_CATEGORY_IDS[label] for label in found.labels]
    assert len(ids) and all(1 <= number <= 90 for number in ids)


def test_as_many_as_classes(make_model):
    with pytest.raises(ValueError, match="3 different integers"):
        make_model(category_ids=(7, 9))
    assert (
        keras.saving.serialize_keras_object(make_model())["config"][
            "category_ids"
        ]
        is None
    )
