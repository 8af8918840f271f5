"""Instances: filtered like an array, in the formats of other people."""

import json
import sys
import types

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data.instances import (
    Instances,
    mask_to_polygons,
    masks_to_rle,
    tight_boxes,
)


def three():
    """A cat of 2 x 3 px, a dog of 1 px, and a cat that vanished."""
    masks = np.zeros((3, 4, 6), bool)
    masks[0, 1:3, 2:5] = True
    masks[1, 0, 0] = True
    return Instances(
        masks,
        labels=[0, 1, 0],
        scores=[0.9, 0.6, 0.2],
        class_names=["cat", "dog"],
        category_ids=[17, 18],
    )


# === None at all ===


@pytest.mark.parametrize("masks", [np.zeros((0, 4, 6), bool), []])
def test_empty(masks):
    instances = Instances(masks, labels=[], original_size=(4, 6))
    assert len(instances) == 0
    assert instances.masks.shape == (0, 4, 6)
    assert instances.boxes.shape == (0, 4)
    assert instances.names == []
    assert instances.areas.tolist() == []
    assert instances.to_coco(1) == []
    assert instances.to_polygons() == []
    assert len(instances[instances.scores > 0.5]) == 0
    assert len(instances[[]]) == 0
    assert list(instances) == []
    assert repr(instances) == "Instances(0; image 4 x 6)"
    assert instances.plot().size == (320, 480)


# === Facts ===


def test_boxes_are_tight_and_exclusive():
    assert three().boxes.tolist() == [
        [2, 1, 5, 3],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
    ]
    full = np.ones((1, 4, 6), bool)
    assert tight_boxes(full).tolist() == [[0, 0, 6, 4]]


def test_types_and_names():
    instances = three()
    assert instances.masks.dtype == bool
    assert instances.labels.dtype == np.int32
    assert instances.scores.dtype == np.float32
    assert instances.boxes.dtype == np.float32
    assert instances.names == ["cat", "dog", "cat"]
    assert instances.original_size == (4, 6)
    assert instances.areas.tolist() == [6, 1, 0]


def test_without_names_and_scores():
    instances = Instances(np.ones((1, 2, 2), np.uint8), labels=[3])
    assert instances.names == ["3"]
    assert instances.scores.tolist() == [1.0]
    assert instances.to_coco(5)[0]["category_id"] == 3


def test_repr_is_short():
    assert repr(three()) == (
        "Instances(3: cat 0.90, dog 0.60, cat 0.20; image 4 x 6)"
    )
    many = Instances(np.ones((9, 2, 2), bool), labels=[0] * 9)
    assert repr(many).count("0 1.00") == 5
    assert "..." in repr(many)


# === Filtering ===


@pytest.mark.parametrize(
    "index, expected",
    [
        (np.array([True, False, True]), ["cat", "cat"]),
        ([False, True, False], ["dog"]),
        (np.array([2, 1]), ["cat", "dog"]),
        ([1, 1], ["dog", "dog"]),
        (slice(0, 2), ["cat", "dog"]),
        (slice(None, None, -1), ["cat", "dog", "cat"]),
        (1, ["dog"]),
        (-2, ["dog"]),
        (np.int64(1), ["dog"]),
    ],
)
def test_index(index, expected):
    chosen = three()[index]
    assert chosen.names == expected
    assert chosen.masks.shape == (len(expected), 4, 6)
    assert chosen.boxes.shape == (len(expected), 4)
    assert chosen.category_ids == (17, 18)


def test_the_users_line():
    instances = three()
    instances = instances[instances.scores > 0.5]
    assert instances.names == ["cat", "dog"]
    assert np.allclose(instances.scores, [0.9, 0.6])


def test_given_boxes_stay_with_their_masks():
    boxes = np.arange(12).reshape(3, 4)
    instances = Instances(np.ones((3, 4, 6), bool), [0, 0, 0], boxes=boxes)
    assert instances[[2, 0]].boxes.tolist() == boxes[[2, 0]].tolist()


def test_iteration_gives_instances_of_one():
    assert [len(one) for one in three()] == [1, 1, 1]
    assert [one.names[0] for one in three()] == ["cat", "dog", "cat"]


@pytest.mark.parametrize(
    "index",
    [
        [True, False],
        True,
        3,
        -4,
        [0.5],
        "cat",
        np.zeros((3, 3), bool),
        (0, 1.5),
    ],
)
def test_wrong_index(index):
    with pytest.raises(IndexError):
        three()[index]


# === COCO ===


def test_to_coco_is_json_and_decodes_to_the_mask():
    results = json.loads(json.dumps(three().to_coco(image_id=42)))
    assert [r["category_id"] for r in results] == [17, 18, 17]
    assert [r["image_id"] for r in results] == [42, 42, 42]
    assert results[0]["bbox"] == [2, 1, 3, 2]
    assert results[0]["score"] == pytest.approx(0.9)
    for result, mask in zip(results, three().masks, strict=True):
        decoded = coco_mask.decode(result["segmentation"])
        assert (decoded == mask).all()


def test_to_coco_with_other_ids():
    results = three().to_coco(1, category_ids=[5, 6])
    assert [r["category_id"] for r in results] == [5, 6, 5]
    with pytest.raises(ValueError, match="labels below 1"):
        three().to_coco(1, category_ids=[5])


def test_rle_by_hand():
    # Columns first: 4 zeros, then the pixels of the last column.
    mask = np.array([[[0, 0, 1], [0, 0, 1]]], bool)
    (rle,) = masks_to_rle(mask)
    assert rle["size"] == [2, 3]
    assert coco_mask.area(rle) == 2
    assert coco_mask.toBbox(rle).tolist() == [2, 0, 1, 2]


# === Polygons ===


def test_one_pixel_is_a_square():
    mask = np.zeros((3, 3), bool)
    mask[1, 2] = True
    (polygon,) = mask_to_polygons(mask)
    assert sorted(polygon.tolist()) == [[2, 1], [2, 2], [3, 1], [3, 2]]


def test_an_l_has_six_corners():
    mask = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool)
    (polygon,) = mask_to_polygons(mask)
    corners = [[0, 0], [0, 3], [1, 0], [1, 2], [3, 2], [3, 3]]
    assert sorted(polygon.tolist()) == corners


def test_two_parts_and_a_hole():
    mask = np.zeros((7, 12), bool)
    mask[1:6, 1:6] = True
    mask[3, 3] = False
    mask[2, 9:11] = True
    polygons = mask_to_polygons(mask)
    assert len(polygons) == 2
    filled = mask.copy()
    filled[3, 3] = True
    assert (_rasterized(polygons, mask.shape) == filled).all()


@pytest.mark.parametrize("seed", range(5))
def test_polygons_are_exact(seed):
    """pycocotools makes the same mask of them, holes aside."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((9, 11)) > 0.5
    mask = coarse.repeat(4, axis=0).repeat(3, axis=1)
    decoded = _rasterized(mask_to_polygons(mask), mask.shape)
    # RETR_EXTERNAL leaves out what lies in a hole, and fills the hole.
    assert (decoded >= mask).all()
    holes = decoded & ~mask
    assert not (holes[0].any() or holes[-1].any())


def test_tolerance_simplifies():
    y, x = np.mgrid[:60, :60]
    disk = (x - 30) ** 2 + (y - 30) ** 2 < 25**2
    exact = mask_to_polygons(disk)[0]
    simple = mask_to_polygons(disk, tolerance=1.0)[0]
    assert len(simple) < len(exact) / 4
    decoded = _rasterized([simple], disk.shape)
    assert (decoded & disk).sum() > 0.95 * (decoded | disk).sum()
    with pytest.raises(ValueError, match="tolerance"):
        three().to_polygons(tolerance=-1)


def test_polygons_of_an_empty_mask():
    assert [len(parts) for parts in three().to_polygons()] == [1, 1, 0]


def _rasterized(polygons, size):
    flat = [p.ravel().tolist() for p in polygons]
    rle = coco_mask.merge(coco_mask.frPyObjects(flat, *size))
    return coco_mask.decode(rle).astype(bool)


# === Other formats ===


def test_to_supervision(monkeypatch):
    fake = types.ModuleType("supervision")
    fake.Detections = lambda **fields: fields
    monkeypatch.setitem(sys.modules, "supervision", fake)
    fields = three().to_supervision()
    assert fields["xyxy"].shape == (3, 4)
    assert fields["mask"].shape == (3, 4, 6)
    assert fields["class_id"].tolist() == [0, 1, 0]
    assert fields["data"]["class_name"].tolist() == ["cat", "dog", "cat"]


def test_to_supervision_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError, match="pip install supervision"):
        three().to_supervision()


def test_plot_saves(tmp_path):
    instances = Instances(
        np.ones((1, 4, 6), bool),
        labels=[0],
        image=np.full((4, 6, 3), 200, np.uint8),
    )
    instances.plot(boxes=True).save(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 0
    kept = instances[[]].plot(scale=1)
    assert (np.asarray(kept) == 200).all()


# === The door ===


@pytest.mark.parametrize(
    "change, message",
    [
        ({"masks": np.ones((4, 6), bool)}, r"\(n, height, width\)"),
        ({"masks": np.full((2, 4, 6), 0.7)}, "threshold"),
        ({"original_size": (4, 5)}, "original_size"),
        ({"labels": [0]}, "one label a mask"),
        ({"labels": [0.0, 1.0]}, "integer labels"),
        ({"labels": [0, -1]}, "padding"),
        ({"labels": [0, 2]}, "below 2"),
        ({"scores": [0.5]}, "scores of shape"),
        ({"boxes": np.zeros((2, 5))}, "boxes of shape"),
        ({"category_ids": [1]}, "category_ids"),
        ({"image": np.zeros((3, 3, 3))}, "image of the masks' size"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {
        "masks": np.ones((2, 4, 6), bool),
        "labels": [0, 1],
        "class_names": ["cat", "dog"],
    }
    with pytest.raises(ValueError, match=message):
        Instances(**{**arguments, **change})
