"""The demo in a real browser, beside Python.

    pytest -m long -s tests/docs/demo/test_browser.py

makes the demo, builds its page, uses it in Chromium, and compares what it finds
with `SOLOv2.segment`. Needs TensorFlow with the extra `onnx`, npm with its
registry, mkdocs and Chromium; `DEMO_SHOTS=FOLDER` keeps screenshots.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from keras_solo import SOLOv2
from keras_solo.data import ShapesDataset, load_image, sample_images
from tests.docs.demo.dense import dense
from tests.docs.demo.sites import demo_site
from tests.export.marks import needs

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
PACKAGES = {"playwright-core": "1.65.1", "axe-core": "4.14.1"}
PRESETS = ("solov2_lite0_nuclei", "solov2_tiny_shapes")
MIN_SCORE = 0.3
BROWSER = shutil.which("chromium")

pytestmark = [
    pytest.mark.long,
    needs("onnx"),
    pytest.mark.skipif(not BROWSER, reason="Chromium is not installed."),
    pytest.mark.skipif(not shutil.which("npm"), reason="No npm is installed."),
]


def command(*words):
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert not done.returncode, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def write_images(folder):
    """Three images for each model; those of nuclei are larger than a part."""
    shapes = [
        cv2.resize(record.load_image(), size)
        for record, size in zip(
            ShapesDataset(3, min_objects=3, seed=11),
            [(128, 128), (300, 220), (90, 120)],
            strict=True,
        )
    ]
    nuclei = [record.load_image() for record in sample_images()[1]][:3]
    nuclei[1] = nuclei[1][:200, 30:]
    paths = []
    for preset, images in zip(PRESETS, (nuclei, shapes), strict=True):
        paths.append([folder / f"{preset}_{n}.png" for n in range(3)])
        for path, image in zip(paths[-1], images, strict=True):
            cv2.imwrite(str(path), image[..., ::-1])
    return paths


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return write_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory, images):
    """What the browser saw."""
    folder = tmp_path_factory.mktemp("demo")
    assets = folder / "assets"
    script = ROOT / "examples" / "make_browser_demo.py"
    print(command(sys.executable, str(script), str(assets)))
    packages = [f"{name}@{version}" for name, version in PACKAGES.items()]
    command("npm", "install", "--no-audit", "--prefix", str(folder), *packages)
    no_image = folder / "notes.txt"
    no_image.write_text("No image.")
    plan = {
        "packages": str(folder),
        "browser": BROWSER,
        "site": str(demo_site(folder / "site", assets)),
        "images": [[str(path) for path in paths] for paths in images],
        "noImage": str(no_image),
        "shots": os.environ.get("DEMO_SHOTS"),
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    said = command("node", str(HERE / "browser.mjs"), str(folder / "plan.json"))
    return json.loads(said)


def in_part(image, part):
    rows = slice(part["top"], part["top"] + part["height"])
    return image[rows, part["left"] : part["left"] + part["width"]]


def test_it_finds_what_python_finds(seen, images):
    """Without a network, too: it is cut off before these are looked at."""
    for preset, paths, answers in zip(
        PRESETS, images, seen["answers"], strict=True
    ):
        model = SOLOv2.from_preset(preset)
        for path, answer in zip(paths, answers, strict=True):
            image = in_part(load_image(path), answer["part"])
            wanted = model.segment(image)
            compare(path.stem, wanted, answer)


def compare(name, wanted, answer):
    wanted = wanted[wanted.scores >= MIN_SCORE]
    found = answer["instances"][: len(wanted)]
    assert len(wanted) >= 2
    assert [one["label"] for one in found] == wanted.labels.tolist()
    scores = [one["score"] for one in answer["instances"]]
    differences = np.abs(scores[: len(wanted)] - wanted.scores)
    assert differences.max() < 1e-3
    assert max(scores[len(wanted) :], default=0) < MIN_SCORE + 1e-3
    size = answer["part"]["height"], answer["part"]["width"]
    masks = [dense(one["mask"], *size) for one in found]
    ious = [
        (ours & theirs).sum() / (ours | theirs).sum()
        for ours, theirs in zip(masks, wanted.masks, strict=True)
    ]
    assert min(ious) >= 0.99
    print(
        f"{name}: {len(wanted)} instances, scores differ by at most "
        f"{differences.max():.1e}, least IoU {min(ious):.4f}, "
        f"{answer['seconds']:.1f} s"
    )


def test_parts_have_the_scale_that_nuclei_want(seen):
    parts = [answer["part"] for answer in seen["answers"][0]]
    assert {(part["width"], part["height"]) for part in parts} == {(171, 171)}
    assert parts[0]["left"] == parts[0]["top"] == 43


def test_the_score_filters_without_another_run(seen):
    counts = seen["filter"]
    assert counts["few"] < counts["all"] < counts["most"]
    assert counts["again"] == 0


def test_what_is_no_image_is_refused(seen):
    assert "notes.txt is no image that this browser reads" in seen["refused"]


def test_the_keyboard_reaches_every_input(seen):
    assert {"demo-file", "demo-score"} <= set(seen["reached"])


def test_nothing_leaves_the_page(seen):
    assert seen["errors"] == []
    for request in seen["requests"]:
        method, address = request.split()
        own = address.startswith((seen["address"], "blob:", "data:"))
        assert method == "GET" and own, request


def test_it_is_accessible_and_narrow(seen):
    assert len(seen["looks"]) == 4
    for look in seen["looks"]:
        assert look["violations"] == []
        assert look["width"] <= look["size"][0]


def test_without_its_files_it_says_how_to_make_them(seen):
    assert "were not built" in seen["missing"]["text"]
    assert "make_browser_demo.py" in seen["missing"]["text"]
    assert not seen["missing"]["demo"]


def test_the_time_is_told(seen):
    print(
        f"First result after {seen['firstResult']:.1f} s, "
        f"{seen['firstResultBusy']:.1f} s of them on a processor."
    )
    assert seen["firstResult"] > 0
