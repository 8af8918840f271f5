"""pycocotools and hotcoco: who is chosen, and that both say the same."""

import sys

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_solo.data.masks import encode_mask
from keras_solo.evaluation import (
    coco_average_precision,
    evaluators,
    per_category,
)
from keras_solo.evaluation.average_precision import average_precision
from keras_solo.evaluation.evaluators import (
    Part,
    by_hotcoco,
    by_pycocotools,
    chosen_evaluator,
)
from keras_solo.evaluation.ground_truth import checked_truth
from keras_solo.evaluation.ranges import COCO_RANGES, coco_ranges

# === Who is chosen ===


def test_hotcoco_where_it_is_installed():
    pytest.importorskip("hotcoco")
    assert chosen_evaluator("auto") is by_hotcoco
    assert chosen_evaluator("hotcoco") is by_hotcoco
    assert chosen_evaluator("pycocotools") is by_pycocotools


def test_pycocotools_where_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "hotcoco", None)
    assert chosen_evaluator("auto") is by_pycocotools
    with pytest.raises(ImportError, match=r"keras-solo\[fast-eval\]"):
        chosen_evaluator("hotcoco")


def test_an_unknown_name():
    with pytest.raises(ValueError, match="one of .*Received: evaluator='fast'"):
        chosen_evaluator("fast")


# === One of them ===


@pytest.fixture(params=["pycocotools", "hotcoco"])
def evaluator(request):
    pytest.importorskip(request.param)
    return chosen_evaluator(request.param)


def test_nothing(evaluator):
    for parts in ([], [Part([], [], [])]):
        figures = evaluator(parts, "mask")
        assert figures["precision"].shape == (10, 101, 1, 4, 3)
        assert figures["recall"].shape == (10, 1, 4, 3)
        assert (figures["precision"] == -1).all()


def test_two_parts(evaluator, capfd):
    """An object that is found; one that is not, and a part with nothing."""
    box = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4}
    box["bbox"] = [0, 0, 2, 2]
    image = {"id": 1, "height": 2, "width": 2}
    parts = [
        Part([image], [box], [{**box, "score": 0.5}]),
        Part([], [], []),
        Part([{**image, "id": 2}], [{**box, "id": 2, "image_id": 2}], []),
    ]
    figures = evaluator(iter(parts), "box")
    precision = figures["precision"][:, :, 0, 0, 2]
    assert precision[:, :51] == pytest.approx(1)
    assert (precision[:, 51:] == 0).all()
    assert (figures["recall"][..., 0, :] == 0.5).all()
    assert (figures["recall"][..., 3, :] == -1).all()
    assert capfd.readouterr() == ("", "")


# === Both ===


class Scenes:
    """Random images of ellipses; some are found, moved, doubled, invented."""

    size = (60, 80)

    def __init__(self, seed, images=12, classes=4, objects=6, crowds=0.2):
        self.rng = np.random.default_rng(seed)
        self.truth = {
            "images": [
                {"id": 3 * n, "height": self.size[0], "width": self.size[1]}
                for n in range(images)
            ],
            "categories": [
                {"id": 10 - n, "name": f"class {n}"} for n in range(classes)
            ],
            "annotations": [],
        }
        self.results = []
        for image in self.truth["images"]:
            for _ in range(self.rng.integers(0, objects + 1)):
                self.add(image["id"], classes, crowds)

    def add(self, image_id, classes, crowds):
        rng = self.rng
        entry = {
            "image_id": image_id,
            # The last class has no annotation.
            "category_id": 10 - int(rng.integers(classes - 1)),
        }
        mask = self.ellipse()
        self.truth["annotations"].append(
            {
                **entry,
                "id": len(self.truth["annotations"]),
                "iscrowd": int(rng.random() < crowds),
                **self.shape(mask),
            }
        )
        for moved in np.roll(mask, rng.integers(0, 6, 2), (0, 1)), mask:
            if rng.random() < 0.6:
                self.find(entry, moved)
        if rng.random() < 0.3:
            self.find({**entry, "category_id": 10 - (classes - 1)}, mask)
        if rng.random() < 0.5:
            self.find(entry, self.ellipse())

    def find(self, entry, mask):
        # Few scores: many are equal.
        score = float(self.rng.integers(1, 9)) / 8
        self.results.append({**entry, "score": score, **self.shape(mask)})

    def ellipse(self):
        rows, cols = np.mgrid[: self.size[0], : self.size[1]]
        y, x = self.rng.uniform(0, self.size)
        height, width = self.rng.uniform(0, 40, 2)
        return ((rows - y) / height) ** 2 + ((cols - x) / width) ** 2 < 1

    def shape(self, mask):
        rle = encode_mask(mask)
        return {"segmentation": rle, "bbox": coco_mask.toBbox(rle).tolist()}


@pytest.mark.parametrize("seed", range(8))
def test_both_say_the_same(seed):
    """To six decimals, with crowds, without, and one class after another."""
    pytest.importorskip("hotcoco")
    scenes = Scenes(seed, crowds=0.3 * (seed % 2), images=3 + 5 * seed)
    ours, theirs = (
        coco_average_precision(
            scenes.truth, scenes.results, per_class=True, evaluator=name
        )
        for name in ("pycocotools", "hotcoco")
    )
    assert ours.keys() == theirs.keys()
    for name, figure in ours.items():
        expected = pytest.approx(figure, abs=1e-6, nan_ok=True)
        assert theirs[name] == expected, name
    assert 0.05 < ours["mask_ap"] < 0.95
    assert np.isnan(ours["mask_ap_per_class"]["class 3"])


def all_at_once(parts, iou_type, ranges):
    """Pycocotools as its own users call it."""
    images, annotated, found = (
        [entry for entries in column for entry in entries]
        for column in zip(*parts, strict=True)
    )
    both = []
    for entries in annotated, found:
        both.append(COCO())
        both[-1].dataset = {
            "images": images,
            "categories": [{"id": 1}],
            "annotations": entries,
        }
        both[-1].createIndex()
    evaluation = COCOeval(*both, {"mask": "segm", "box": "bbox"}[iou_type])
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval


@pytest.mark.parametrize("seed", range(3))
def test_part_by_part_is_all_at_once(seed, monkeypatch):
    """To the last bit: images in parts, thresholds one after the other."""
    scenes = Scenes(seed, images=20, classes=2, objects=1 + 8 * seed)
    truth = checked_truth(scenes.truth)
    types = ("mask", "box")
    whole = average_precision(truth, scenes.results, types, True, all_at_once)
    monkeypatch.setattr(per_category, "IMAGES_AT_ONCE", 3)
    monkeypatch.setattr(evaluators, "MATCHES_AT_ONCE", 3 * 20)
    parts = average_precision(
        truth, scenes.results, types, True, by_pycocotools
    )
    assert repr(parts) == repr(whole)


def test_both_count_no_more_detections_than_a_hundred():
    pytest.importorskip("hotcoco")
    scenes = Scenes(0, images=3, classes=2, objects=90)
    counts = np.bincount([result["image_id"] for result in scenes.results])
    assert counts.max() > 100
    ours, theirs = (
        coco_average_precision(scenes.truth, scenes.results, evaluator=name)
        for name in ("pycocotools", "hotcoco")
    )
    assert theirs == pytest.approx(ours, abs=1e-6, nan_ok=True)
    assert 0 < ours["mask_ar1"] < ours["mask_ar10"] < ours["mask_ar100"]


def test_with_more_detections_both_find_all_of_a_crowded_image(evaluator):
    """101 objects, each found: COCO's rule loses one of them."""
    box = {"category_id": 1, "image_id": 1, "iscrowd": 0, "area": 4, "score": 1}
    entries = [
        {**box, "id": n + 1, "bbox": [2 * n, 0, 2, 2]} for n in range(101)
    ]
    part = Part([{"id": 1, "height": 2, "width": 300}], entries, entries)
    cut = evaluator([part], "box")
    assert cut["recall"][..., 0, 2] == pytest.approx(100 / 101)
    assert (cut["precision"][:, 100, 0, 0, 2] == 0).all()
    whole = evaluator([part], "box", coco_ranges(101))
    assert whole["recall"][..., 0, 2] == pytest.approx(1)
    assert whole["precision"][:, :, 0, 0, 2] == pytest.approx(1)


def test_more_ranges_of_sizes(evaluator):
    """The second of two objects is found, which is the larger one."""
    box = {"category_id": 1, "image_id": 1, "iscrowd": 0}
    small = {**box, "id": 1, "bbox": [0, 0, 2, 2], "area": 4}
    large = {**box, "id": 2, "bbox": [8, 0, 4, 2], "area": 8, "score": 1}
    image = {"id": 1, "height": 2, "width": 20}
    ranges = COCO_RANGES.with_areas(("low", "high"), ((0, 4), (4.5, 9)))
    figures = evaluator([Part([image], [small, large], [large])], "box", ranges)
    assert figures["recall"][0, 0, :, 2] == pytest.approx(
        [0.5, 0.5, -1, -1, 0, 1]
    )
