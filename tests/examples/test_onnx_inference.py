"""The example that needs nothing of ours, beside `segment`."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pycocotools.mask
import pytest

from keras_solo import SOLOv2
from keras_solo.data import ShapesDataset
from keras_solo.export import export
from tests.examples.test_examples import EXAMPLES, run
from tests.export.marks import needs


@needs("onnx")
def test_as_segment_finds_them(tmp_path):
    model = SOLOv2.from_preset("solov2_tiny_shapes")
    export(model, tmp_path / "shapes.onnx", mask_dtype="uint8")
    photos = []
    for index, size in enumerate([(300, 220), (90, 120)]):
        photo = ShapesDataset(2, seed=11)[index].load_image()
        photos.append(cv2.resize(photo, size))
        cv2.imwrite(str(tmp_path / f"{index}.png"), photos[-1][..., ::-1])
    said = run("onnx_inference.py", tmp_path, "shapes.onnx", "0.png", "1.png")
    results = json.loads((tmp_path / "found" / "results.json").read_text())
    for index, photo in enumerate(photos):
        assert (tmp_path / "found" / f"{index}.png").stat().st_size > 1000
        wanted = model.segment(photo)
        wanted = wanted[wanted.scores >= 0.3]
        mine = [one for one in results if one["image_id"] == index]
        assert f"{index}.png: {len(wanted)} instances" in said
        assert [one["category_id"] for one in mine] == wanted.labels.tolist()
        for one, mask in zip(mine, wanted.masks, strict=True):
            theirs = dense(one["segmentation"])
            assert (theirs & mask).sum() / (theirs | mask).sum() > 0.98


def dense(segmentation):
    size = segmentation["size"]
    runs = pycocotools.mask.frPyObjects(segmentation, *size)
    return pycocotools.mask.decode(runs).astype(bool) & np.ones(size, bool)


def test_no_photo_is_written_over(tmp_path):
    pytest.importorskip("onnxruntime")
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((9, 9, 3), "uint8"))
    before = (tmp_path / "a.png").read_bytes()
    command = [sys.executable, str(EXAMPLES / "onnx_inference.py"), "no.onnx"]
    done = subprocess.run(
        [*command, "a.png", "--output", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "written over a photo" in done.stderr
    assert (tmp_path / "a.png").read_bytes() == before
