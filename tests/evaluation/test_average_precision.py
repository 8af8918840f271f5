"""COCO figures of scenes small enough to work out by hand."""

import copy
import functools
import math

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_solo.data.masks import encode_mask
from keras_solo.evaluation import coco_average_precision

pytestmark = pytest.mark.usefixtures("both_evaluators")

SIZE = (200, 200)
NAMES = {3: "cat", 9: "dog"}


def rectangle(x1, y1, x2, y2):
    mask = np.zeros(SIZE, bool)
    mask[y1:y2, x1:x2] = True
    return mask


def scene(*objects, ids=None):
    """A ground truth of one image; objects are (mask, category_id)."""
    annotations = []
    for number, (mask, category_id, *crowd) in enumerate(objects):
        rle = encode_mask(mask)
        annotations.append(
            {
                "id": number + 1 if ids is None else ids[number],
                "image_id": 1,
                "category_id": category_id,
                "segmentation": rle,
                "area": int(mask.sum()),
                "bbox": bounds(mask),
                "iscrowd": int(bool(crowd)),
            }
        )
    return {
        "images": [{"id": 1, "height": SIZE[0], "width": SIZE[1]}],
        "categories": [{"id": i, "name": name} for i, name in NAMES.items()],
        "annotations": annotations,
    }


def found(mask, score, category_id=3):
    rle = encode_mask(mask)
    return {
        "image_id": 1,
        "category_id": category_id,
        "segmentation": rle,
        "bbox": bounds(mask),
        "score": score,
    }


def bounds(mask):
    rows, cols = np.nonzero(mask)
    if not len(rows):
        return [0, 0, 0, 0]
    x, y = int(cols.min()), int(rows.min())
    return [x, y, int(cols.max()) + 1 - x, int(rows.max()) + 1 - y]


A = rectangle(10, 10, 50, 50)
B = rectangle(100, 100, 140, 140)


@pytest.fixture(params=["pycocotools", "hotcoco"])
def both_evaluators(request, monkeypatch):
    """Every test of this file, with one evaluator and with the other."""
    pytest.importorskip(request.param)
    monkeypatch.setitem(
        globals(),
        "coco_average_precision",
        functools.partial(coco_average_precision, evaluator=request.param),
    )


# === Nothing there ===


def test_no_results_are_zeros():
    scores = coco_average_precision(scene((A, 3)), [])
    assert scores["mask_ap"] == scores["box_ap"] == scores["mask_ar100"] == 0


def test_no_ground_truth_is_nan():
    for results in ([], [found(A, 0.9)]):
        scores = coco_average_precision(scene(), results)
        assert all(math.isnan(value) for value in scores.values())


def test_no_images_at_all():
    nothing = {"images": [], "annotations": [], "categories": []}
    assert math.isnan(coco_average_precision(nothing, [])["mask_ap"])


# === Hand-worked tables ===


def test_perfect():
    scores = coco_average_precision(
        scene((A, 3), (B, 9)), [found(A, 0.9), found(B, 0.4, 9)]
    )
    for name in ("ap", "ap50", "ap75", "ap_medium", "ar1", "ar10", "ar100"):
        assert scores[f"mask_{name}"] == pytest.approx(1), name
        assert scores[f"box_{name}"] == pytest.approx(1), name
    assert math.isnan(scores["mask_ap_small"])
    assert math.isnan(scores["mask_ap_large"])


def test_names():
    names = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"]
    names += ["ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"]
    scores = coco_average_precision(scene(), [])
    expected = [f"{kind}_{name}" for kind in ("mask", "box") for name in names]
    assert list(scores) == expected


def test_one_of_two_found():
    """Precision 1 up to recall 0.5: 51 of 101 recall thresholds."""
    scores = coco_average_precision(
        scene((A, 3), (B, 3)), [found(A, 0.9)], per_class=True
    )
    assert scores["mask_ap"] == pytest.approx(51 / 101)
    assert scores["mask_ar100"] == pytest.approx(0.5)
    assert scores["mask_ap_per_class"]["cat"] == pytest.approx(51 / 101)
    assert math.isnan(scores["mask_ap_per_class"]["dog"])


def test_one_class_of_two_found():
    scores = coco_average_precision(
        scene((A, 3), (B, 9)), [found(A, 0.9)], per_class=True
    )
    assert scores["mask_ap"] == pytest.approx(0.5)
    assert scores["box_ap_per_class"] == pytest.approx({"cat": 1, "dog": 0})


def test_a_false_alarm_before_the_hit():
    """Precision 1/2 at every recall."""
    scores = coco_average_precision(
        scene((A, 3)), [found(B, 0.9), found(A, 0.8)]
    )
    assert scores["mask_ap"] == pytest.approx(0.5)


def test_a_false_alarm_after_the_hit_costs_nothing():
    scores = coco_average_precision(
        scene((A, 3)), [found(B, 0.1), found(A, 0.8)]
    )
    assert scores["mask_ap"] == pytest.approx(1)


def test_a_duplicate_is_a_false_alarm():
    """Found twice, then the other: precision 1 to 1/2, then 2/3."""
    scores = coco_average_precision(
        scene((A, 3), (B, 3)), [found(A, 0.9), found(A, 0.8), found(B, 0.7)]
    )
    expected = (51 * 1 + 50 * 2 / 3) / 101
    assert scores["mask_ap"] == pytest.approx(expected)


def test_iou_thresholds():
    """IoU 0.72 passes 0.50, 0.55, 0.60, 0.65 and 0.70: 5 of 10."""
    part = rectangle(10, 10, 50, 10)
    part[10:50, 10:50].flat[: int(0.72 * 1600)] = True
    assert part.sum() == 1152
    scores = coco_average_precision(scene((A, 3)), [found(part, 0.9)])
    assert scores["mask_ap"] == pytest.approx(0.5)
    assert scores["mask_ap50"] == pytest.approx(1)
    assert scores["mask_ap75"] == 0


def test_masks_and_boxes_differ():
    """Half of the square, cut along its diagonal, has nearly its box."""
    half = A & np.tri(*SIZE, dtype=bool)
    scores = coco_average_precision(scene((A, 3)), [found(half, 0.9)])
    assert scores["box_ap"] == pytest.approx(1)
    assert scores["mask_ap50"] == pytest.approx(1)
    assert scores["mask_ap75"] == 0


def test_sizes():
    small, medium = rectangle(0, 0, 10, 10), rectangle(20, 0, 60, 40)
    large = rectangle(0, 100, 100, 200)
    scores = coco_average_precision(
        scene((small, 3), (medium, 3), (large, 3)), [found(medium, 0.9)]
    )
    sizes = [scores[f"mask_ap_{size}"] for size in ("small", "medium", "large")]
    assert sizes == pytest.approx([0, 1, 0])
    assert scores["mask_ap"] == pytest.approx(34 / 101)


def test_the_mask_tells_its_size_not_the_box():
    """A false alarm of two specks in a wide box is small, not large."""
    large = rectangle(0, 0, 100, 100)
    specks = rectangle(0, 150, 3, 153) | rectangle(190, 190, 193, 193)
    scores = coco_average_precision(
        scene((large, 3)), [found(specks, 0.9), found(large, 0.5)]
    )
    assert scores["mask_ap_large"] == pytest.approx(1)
    assert scores["mask_ap"] == pytest.approx(0.5)


def test_crowds_are_ignored_regions():
    crowd = rectangle(90, 90, 190, 190)
    results = [found(B, 0.9), found(A, 0.8)]
    with_crowd = scene((A, 3), (crowd, 3, "crowd"))
    assert coco_average_precision(with_crowd, results)[
        "mask_ap"
    ] == pytest.approx(1)
    only_crowd = scene((crowd, 3, "crowd"))
    assert math.isnan(coco_average_precision(only_crowd, results)["mask_ap"])


def test_polygons_of_two_parts():
    truth = scene((A | B, 3))
    truth["annotations"][0]["segmentation"] = [
        [10, 10, 50, 10, 50, 50, 10, 50],
        [100, 100, 140, 100, 140, 140, 100, 140],
    ]
    scores = coco_average_precision(truth, [found(A | B, 0.9)])
    assert scores["mask_ap"] == pytest.approx(1)
    half = coco_average_precision(truth, [found(A, 0.9)])
    # IoU is exactly 0.5.
    assert half["mask_ap"] == pytest.approx(0.1)


def test_uncompressed_rle():
    truth = scene((A, 3))
    counts = [10 * 200 + 10]
    counts += [40, 160] * 39 + [40]
    counts.append(200 * 200 - sum(counts))
    truth["annotations"][0]["segmentation"] = {
        "size": list(SIZE),
        "counts": counts,
    }
    scores = coco_average_precision(truth, [found(A, 0.9)])
    assert scores["mask_ap"] == pytest.approx(1)


def test_an_annotation_id_of_zero_counts():
    """pycocotools takes a match with id 0 for no match."""
    scores = coco_average_precision(
        scene((A, 3), (B, 3), ids=[0, 5]), [found(A, 0.9), found(B, 0.8)]
    )
    assert scores["mask_ap"] == pytest.approx(1)


def test_what_may_be_missing_from_an_annotation():
    truth = scene((A, 3))
    for key in ("id", "area", "bbox", "iscrowd"):
        del truth["annotations"][0][key]
    scores = coco_average_precision(truth, [found(A, 0.9)])
    assert scores["mask_ap"] == scores["box_ap"] == pytest.approx(1)


def test_an_empty_result_mask_is_a_false_alarm():
    empty = np.zeros(SIZE, bool)
    scores = coco_average_precision(
        scene((A, 3)), [found(empty, 0.9), found(A, 0.5)]
    )
    assert scores["mask_ap"] == pytest.approx(0.5)


# === Manners ===


def test_silent_and_leaves_its_arguments_alone(capsys):
    truth, results = scene((A, 3)), [found(A, 0.9)]
    before = copy.deepcopy((truth, results))
    coco_average_precision(truth, results)
    assert (truth, results) == before
    assert capsys.readouterr().out == ""


def test_only_masks():
    results = [found(A, 0.9)]
    del results[0]["bbox"]
    scores = coco_average_precision(scene((A, 3)), results, iou_types=["mask"])
    assert scores["mask_ap"] == pytest.approx(1)
    assert not any(name.startswith("box") for name in scores)


# === The door ===


def test_wrong_ground_truth():
    with pytest.raises(ValueError, match="images, annotations and"):
        coco_average_precision({"images": []}, [])
    truth = scene((A, 3))
    truth["annotations"][0]["image_id"] = 5
    with pytest.raises(ValueError, match="Annotation 1 belongs to image 5"):
        coco_average_precision(truth, [])
    for wrong in ([], None, "text"):
        truth = scene((A, 3))
        truth["annotations"][0]["segmentation"] = wrong
        with pytest.raises(ValueError, match="Annotation 1 has no segm"):
            coco_average_precision(truth, [])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"image_id": 2}, "image 2"),
        ({"category_id": 1}, "category 1"),
        ({"segmentation": {"size": [2, 2], "counts": "04"}}, "size of image 1"),
        ({"score": math.nan}, "finite numbers. Received: nan"),
        ({"bbox": [0, 0, math.inf, 1]}, "boxes of four finite numbers"),
    ],
)
def test_wrong_results(change, message):
    with pytest.raises(ValueError, match=message):
        coco_average_precision(scene((A, 3)), [{**found(A, 0.9), **change}])


def test_wrong_iou_types():
    with pytest.raises(ValueError, match="iou_types"):
        coco_average_precision(scene((A, 3)), [], iou_types=["segm"])


def test_wrong_evaluator():
    with pytest.raises(ValueError, match="evaluator"):
        coco_average_precision(scene((A, 3)), [], evaluator="coco")


# === Ids ===


def test_ids_may_be_text():
    truth, results = scene((A, 3), (B, 9)), [found(A, 0.9), found(B, 0.5, 9)]
    names = {3: "three", 9: "nine"}
    for entry in (*truth["annotations"], *results):
        entry["category_id"] = names[entry["category_id"]]
        entry["image_id"] = "first.jpg"
    for category in truth["categories"]:
        category["id"] = names[category["id"]]
    truth["images"][0]["id"] = "first.jpg"
    scores = coco_average_precision(truth, results, per_class=True)
    assert scores["mask_ap"] == pytest.approx(1)
    assert list(scores["mask_ap_per_class"]) == ["dog", "cat"]


def test_annotations_of_unknown_categories_are_left_out():
    truth = scene((A, 3), (B, 5))
    scores = coco_average_precision(truth, [found(A, 0.9)])
    assert scores["mask_ap"] == pytest.approx(1)


# === How many detections count ===


def test_more_than_a_hundred_detections():
    """The hit is the 101st in its image, then the 100th, then the first."""
    wrong = [found(B, 0.5) for _ in range(100)]
    for score, place, ar100, ar1 in ((0.4, 0, 0, 0), (0.6, 9, 1, 1)):
        results = [*wrong[:place], found(A, score), *wrong[place:]]
        scores = coco_average_precision(scene((A, 3)), results)
        assert scores["mask_ar100"] == scores["box_ar100"] == ar100
        assert scores["mask_ar1"] == ar1
    scores = coco_average_precision(scene((A, 3)), [*wrong[:99], found(A, 0.4)])
    assert (scores["mask_ar100"], scores["mask_ar10"]) == (1, 0)
    assert scores["mask_ap"] == pytest.approx(0.01)


def test_equal_scores_count_in_the_order_of_the_results():
    first = coco_average_precision(
        scene((A, 3)), [found(A, 0.5), found(B, 0.5)]
    )
    second = coco_average_precision(
        scene((A, 3)), [found(B, 0.5), found(A, 0.5)]
    )
    assert first["mask_ap"] == pytest.approx(1)
    assert second["mask_ap"] == pytest.approx(0.5)


# === pycocotools itself ===


def test_the_figures_are_those_that_pycocotools_prints():
    """Boxes left out of mask results, as is usual (MMDetection does it)."""
    rng = np.random.default_rng(7)
    objects = [random_rectangle(rng) for _ in range(12)]
    truth = scene(*((mask, 3 + 6 * (i % 2)) for i, mask in enumerate(objects)))
    results = []
    for i, mask in enumerate(objects[2:]):
        moved = np.roll(mask, rng.integers(0, 8, 2), (0, 1))
        results.append(found(moved, rng.random(), 3 + 6 * (i % 2)))
    results += [found(random_rectangle(rng), rng.random()) for _ in range(6)]

    scores = coco_average_precision(truth, results)
    masks = [{k: v for k, v in r.items() if k != "bbox"} for r in results]
    boxes = [
        {k: v for k, v in r.items() if k != "segmentation"} for r in results
    ]
    expected = [*printed(truth, masks, "segm"), *printed(truth, boxes, "bbox")]
    ours = np.nan_to_num(list(scores.values()), nan=-1)
    assert 0.1 < scores["mask_ap"] < 0.9
    assert ours == pytest.approx(expected)


def random_rectangle(rng):
    x, y = rng.integers(0, 120, 2)
    width, height = rng.integers(6, 80, 2)
    return rectangle(x, y, min(x + width, 200), min(y + height, 200))


def printed(truth, results, iou_type):
    coco = COCO()
    coco.dataset = copy.deepcopy(truth)
    coco.createIndex()
    found = coco.loadRes(copy.deepcopy(results))
    evaluation = COCOeval(coco, found, iou_type)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats


def test_a_polygon_far_away_is_refused():
    """It would crash pycocotools."""
    truth = scene((A, 3))
    truth["annotations"][0]["segmentation"] = [[0, 0, 1e9, 0, 1e9, 9]]
    with pytest.raises(ValueError, match="Annotation 1 has no segmentation"):
        coco_average_precision(truth, [])


def test_run_lengths_beyond_any_integer_are_refused():
    truth = scene((A, 3))
    rle = {"size": list(SIZE), "counts": [2**63 - 1, 2**63 - 1, 6]}
    truth["annotations"][0]["segmentation"] = rle
    with pytest.raises(ValueError, match="Annotation 1 has no segmentation"):
        coco_average_precision(truth, [])
