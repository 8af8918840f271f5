"""One evaluation with everything: hand-worked, and as its parts say."""

import json
import math

import numpy as np
import pytest

from keras_solo.data import ShapesDataset
from keras_solo.evaluation import (
    coco_average_precision,
    confusion,
    evaluate,
    evaluate_coco,
    evaluate_results,
)
from keras_solo.inference import Tiling
from tests.strips import found, truth


@pytest.fixture(params=["pycocotools", "hotcoco"])
def evaluator(request):
    pytest.importorskip(request.param)
    return request.param


def test_nothing(evaluator):
    report = evaluate_results([], truth(), evaluator=evaluator)
    assert all(map(math.isnan, report.figures.values()))
    assert report.per_class["cat"]["objects"] == 0
    assert report.examples == () and report.num_images == 0
    assert "mask_ap_third1" not in report.figures


SCENE = (
    truth(
        [(0, 10, 3), (10, 30, 3), (30, 34, 9)],
        [(0, 5, 3), (10, 12, 9), (30, 40, 3, "crowd")],
    ),
    found(
        (1, 0, 10, 3, 0.9),
        (1, 10, 26, 3, 0.8),
        (1, 30, 34, 3, 0.7),
        (2, 0, 5, 3, 0.2),
        (2, 30, 35, 3, 0.9),
    ),
)


@pytest.fixture
def report(evaluator):
    content, results = SCENE
    return evaluate_results(results, content, evaluator=evaluator)


def test_figures_are_cocos(report, evaluator):
    content, results = SCENE
    boxed = [
        {**item, "bbox": [*ends, 1]}
        for item, ends in zip(
            results,
            ([0, 0, 10], [10, 0, 16], [30, 0, 4], [0, 0, 5], [30, 0, 5]),
            strict=True,
        )
    ]
    expected = coco_average_precision(
        content, boxed, per_class=True, evaluator=evaluator
    )
    per_class = {kind: expected.pop(f"{kind}_ap_per_class")
                 for kind in ("mask", "box")}  # fmt: skip
    for name, figure in expected.items():
        assert report.figures[name] == pytest.approx(figure, nan_ok=True), name
    for name, row in report.per_class.items():
        assert row["mask_ap"] == pytest.approx(per_class["mask"][name])
        assert row["box_ap"] == pytest.approx(per_class["box"][name])


def test_accuracy_by_hand(report):
    """IoU 1, 0.8, a dog taken for a cat, a cat below the score, no dog."""
    at = {name: row["mask_accuracy"] for name, row in report.per_iou.items()}
    assert at["0.80"] == pytest.approx(2 / 6)
    assert at["0.85"] == pytest.approx(1 / 7)
    figures = report.figures
    assert figures["mask_accuracy50"] == pytest.approx(1 / 3)
    assert figures["mask_accuracy75"] == pytest.approx(1 / 3)
    assert figures["mask_accuracy"] == pytest.approx((7 / 3 + 3 / 7) / 10)
    assert figures["mask_precision50"] == pytest.approx(2 / 3)
    assert figures["mask_recall50"] == pytest.approx(2 / 5)
    assert report.per_class["cat"]["mask_accuracy50"] == pytest.approx(2 / 4)
    assert report.per_class["dog"]["mask_recall50"] == 0
    assert math.isnan(report.per_class["dog"]["mask_precision50"])


def test_thirds(report):
    """Areas 2, 4 (dogs: not found), 5, 10 and 20 (cats)."""
    rows = {name: (row["from"], row["to"], row["objects"])
            for name, row in report.per_size.items()}  # fmt: skip
    above = math.nextafter
    assert rows == {
        "all": (0, math.inf, 5),
        "small": (0, 1024, 5),
        "medium": (1024, 9216, 0),
        "large": (9216, math.inf, 0),
        "third1": (0, 4, 2),
        "third2": (above(4, 9), 10, 2),
        "third3": (above(10, 99), math.inf, 1),
    }
    figures = report.figures
    assert figures["mask_ap_third1"] == figures["mask_ar_third1"] == 0
    assert figures["mask_ar_third2"] == pytest.approx(1)
    # IoU 0.8: found at 0.50, 0.55, ... 0.80.
    assert figures["mask_ar_third3"] == pytest.approx(0.7)
    assert report.per_size["third3"]["mask_ar"] == figures["mask_ar_third3"]
    assert math.isnan(report.per_size["large"]["mask_ap"])


def test_figures_by_iou(report):
    rows = report.per_iou
    assert list(rows) == [f"0.{n}" for n in range(50, 100, 5)]
    assert rows["0.50"]["mask_ap"] == report.figures["mask_ap50"]
    assert rows["0.75"]["box_ap"] == report.figures["box_ap75"]
    mean = np.mean([row["mask_ap"] for row in rows.values()])
    assert mean == pytest.approx(report.figures["mask_ap"])


def test_curves_and_confusion(report):
    content, results = SCENE
    assert report.curves.class_names == ("cat", "dog")
    area = report.curves.precision.mean(axis=(0, 1))
    assert area[0] == pytest.approx(report.per_class["cat"]["mask_ap"])
    expected = confusion(results, content)
    assert (report.confusion.matrix == expected.matrix).all()
    assert report.confusion.counts["wrong_class"] == 1
    assert {item.kind for item in report.examples} == {"wrong_class", "missed"}


def test_an_object_without_a_pixel_is_missed_as_by_pycocotools(evaluator):
    content = truth([(0, 5, 3), (7, 7, 3)])
    results = found((1, 0, 5, 3, 0.9), (1, 7, 7, 3, 0.8))
    report = evaluate_results(results, content, evaluator=evaluator)
    assert report.figures["mask_ar100"] == pytest.approx(0.5)
    assert report.confusion.counts["missed"] == 1
    assert report.confusion.counts["background"] == 1


def test_a_crowded_image_is_perfect_with_more_detections(evaluator):
    content = truth([(n % 40, n % 40 + 1, 3) for n in range(120)])
    perfect = [{**item, "score": 0.5} for item in content["annotations"]]
    cut = evaluate_results(perfect, content, evaluator)
    assert cut.figures["mask_ap"] < 0.9 and "mask_ar100" in cut.figures
    whole = evaluate_results(perfect, content, evaluator, max_detections=120)
    for name in ("mask_ap", "box_ap", "mask_ar120", "mask_accuracy"):
        assert whole.figures[name] == pytest.approx(1), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"evaluator": "fast"},
        {"max_detections": 0},
        {"iou_threshold": 0},
        {"score_threshold": float("nan")},
    ],
)
def test_wrong_arguments_are_found_before_anything_is_done(wrong):
    (name,) = wrong
    for act in (evaluate, evaluate_results):
        with pytest.raises(ValueError, match=f"{name}="):
            act(None, None, **wrong)


def test_tiles_are_evaluated_as_by_evaluate_coco(tiny_model):
    shapes = ShapesDataset(num_images=2, original_size=(64, 64))
    how = {"tiled": Tiling(scale=1.5), "verbose": 0}
    report = evaluate(tiny_model, shapes, **how, score_threshold=0.0)
    expected = evaluate_coco(tiny_model, shapes, **how)
    assert report.figures["mask_ap"] == pytest.approx(expected["mask_ap"])
    with pytest.raises(ValueError, match="one of tiled and tta"):
        evaluate(None, None, tta=True, **how)


def test_a_model(tiny_model):
    """As `evaluate_coco`, and JSON can hold it."""
    shapes = ShapesDataset(num_images=4, original_size=(64, 64))
    report = evaluate(tiny_model, shapes, verbose=0, score_threshold=0.0)
    expected = evaluate_coco(tiny_model, shapes, verbose=0)
    for name, figure in expected.items():
        assert report.figures[name] == pytest.approx(figure, nan_ok=True), name
    assert report.num_images == 4 and report.dataset is shapes
    assert sum(report.confusion.counts.values()) >= report.num_results
    text = json.dumps(report.to_dict(), allow_nan=False)
    assert json.loads(text)["mask_ap_large"] is None
