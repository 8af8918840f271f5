import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_solo.geometry import Levels
from keras_solo.layers import InstanceDecoder
from tests.layer_harness import check_layer

LEVELS = Levels((4, 2), ((0, 32), (24, np.inf)), ("P3", "P4"))
CELLS, CLASSES, SIDE = 20, 3, 16


def logit(p):
    return np.log(p / (1 - p))


def outputs(batch=1):
    """Nothing is found; the mask features are the pixels themselves."""
    features = np.eye(SIDE * SIDE, dtype="float32")
    return {
        "category_logits": np.full((batch, CELLS, CLASSES), -9.0, "float32"),
        "kernels": np.full((batch, CELLS, SIDE * SIDE), -9.0, "float32"),
        "mask_features": np.tile(
            features.reshape(1, SIDE, SIDE, -1), (batch, 1, 1, 1)
        ),
    }


def place(values, cell, label, score, rows, columns, image=0):
    """Lets a cell claim a class and draw a rectangle."""
    values["category_logits"][image, cell, label] = logit(score)
    mask = np.full((SIDE, SIDE), -9.0)
    mask[rows, columns] = 9.0
    values["kernels"][image, cell] = mask.ravel()


def decode(values, **kwargs):
    found = InstanceDecoder(LEVELS, **kwargs)(values)
    return {name: ops.convert_to_numpy(x) for name, x in found.items()}


def test_nothing():
    found = decode(outputs(2), max_detections=7)
    assert found["masks"].shape == (2, 7, SIDE, SIDE)
    assert (found["num_detections"] == 0).all()
    for name in ("masks", "labels", "confidence", "boxes"):
        assert (found[name] == -1).all()


def test_one():
    values = outputs()
    place(values, 5, 2, 0.8, slice(2, 6), slice(3, 10))
    found = decode(values)
    assert found["num_detections"][0] == 1
    assert found["labels"][0, 0] == 2
    # Score times the mean probability inside the mask.
    inside = 1 / (1 + np.exp(-9.0))
    assert found["confidence"][0, 0] == pytest.approx(0.8 * inside, rel=1e-5)
    np.testing.assert_allclose(found["boxes"][0, 0], [12, 8, 40, 24])
    assert (found["masks"][0, 0, 2:6, 3:10] > 0.99).all()


def test_masks_not_larger_than_the_stride_fall_out():
    values = outputs()
    place(values, 5, 0, 0.8, slice(0, 2), slice(0, 4))  # 8 pixels, stride 8
    place(values, 10, 1, 0.8, slice(4, 7), slice(0, 3))  # 9 pixels
    found = decode(values)
    assert found["labels"][0, :2].tolist() == [1, -1]


def test_one_cell_claims_two_classes():
    values = outputs()
    place(values, 5, 0, 0.8, slice(2, 6), slice(3, 10))
    place(values, 5, 1, 0.6, slice(2, 6), slice(3, 10))
    found = decode(values)
    assert found["labels"][0, :3].tolist() == [0, 1, -1]
    np.testing.assert_array_equal(found["masks"][0, 0], found["masks"][0, 1])


def test_duplicates_decay():
    values = outputs()
    place(values, 1, 0, 0.8, slice(2, 10), slice(3, 10))
    place(values, 10, 0, 0.7, slice(2, 10), slice(3, 10))
    found = decode(values)
    assert found["confidence"][0, 1] == pytest.approx(
        0.7 * np.exp(-2), rel=1e-3
    )
    assert decode(values, nms_kernel="linear")["num_detections"][0] == 1


def test_hard_nms():
    values = outputs()
    place(values, 1, 0, 0.8, slice(2, 10), slice(3, 10))
    place(values, 10, 0, 0.7, slice(2, 10), slice(5, 12))  # IoU 5 / 9
    place(values, 5, 1, 0.6, slice(2, 10), slice(3, 10))
    found = decode(values, nms="hard")
    assert found["labels"][0, :3].tolist() == [0, 1, -1]
    np.testing.assert_allclose(found["confidence"][0, :2], [0.8, 0.6], 1e-3)
    found = decode(values, nms="hard", nms_iou_threshold=0.6)
    assert found["labels"][0, :4].tolist() == [0, 0, 1, -1]


def test_duplicates_across_classes():
    """One cell's mask for two classes, and another cell's for a third."""
    values = outputs()
    place(values, 5, 0, 0.8, slice(2, 6), slice(3, 10))
    place(values, 5, 1, 0.6, slice(2, 6), slice(3, 10))
    place(values, 10, 2, 0.7, slice(2, 6), slice(3, 10))
    one = decode(values, nms="hard", class_agnostic=True)
    assert one["labels"][0, :2].tolist() == [0, -1]
    soft = decode(values, class_agnostic=True)
    assert soft["labels"][0, :4].tolist() == [0, 2, 1, -1]
    want = [0.8, 0.7 * np.exp(-2), 0.6 * np.exp(-2)]
    np.testing.assert_allclose(soft["confidence"][0, :3], want, rtol=1e-3)


@pytest.mark.parametrize("bound", [1, 3, 4, 5, 12, 500])
def test_candidates_at_and_beyond_the_bound(bound):
    """Beyond the bound the best stay, and the overflow can be seen."""
    values = outputs()
    scores = [0.5, 0.9, 0.6, 0.8]
    for place_, score in enumerate(scores):
        rows = slice(4 * place_, 4 * place_ + 4)
        # Cells (0, 0), (0, 2), (2, 0), (2, 2): no neighbours.
        cell = (0, 2, 8, 10)[place_]
        place(values, cell, 0, score, rows, slice(0, 16))
    found = decode(values, max_candidates=bound)
    assert found["num_candidates"][0] == 4
    kept = min(bound, 4)
    assert found["num_detections"][0] == kept
    want = sorted(scores, reverse=True)[:kept]
    np.testing.assert_allclose(found["confidence"][0, :kept], want, rtol=1e-3)


def test_every_capacity_gives_the_same():
    """Static sizes are chosen by what is there; results must not show it."""
    rng = np.random.default_rng(0)
    for count in (1, 3, 6, 16):
        values = outputs()
        for cell in rng.permutation(16)[:count]:
            top, left = rng.integers(0, 10, 2)
            rows, columns = slice(top, top + 6), slice(left, left + 6)
            place(values, cell, 0, rng.uniform(0.2, 0.9), rows, columns)
        small = decode(values, max_candidates=24)  # capacities 3, 8 and 24
        large = decode(values, max_candidates=60)
        for name in small:
            np.testing.assert_allclose(small[name], large[name], atol=1e-6)


def test_more_detections_than_slots():
    values = outputs()
    for cell, row in ((0, 0), (2, 4), (8, 8)):
        place(values, cell, 0, 0.5 + row / 40, slice(row, row + 4), slice(9))
    found = decode(values, max_detections=2)
    assert found["num_detections"][0] == 2
    np.testing.assert_allclose(found["confidence"][0], [0.7, 0.6], rtol=1e-3)


def test_nms_candidates():
    values = outputs()
    for cell, row in ((0, 0), (2, 4), (8, 8)):
        place(values, cell, 0, 0.5 + row / 40, slice(row, row + 4), slice(9))
    assert decode(values, nms_candidates=2)["num_detections"][0] == 2


def test_batch_is_image_by_image():
    values = outputs(3)
    place(values, 5, 2, 0.8, slice(2, 6), slice(3, 10), image=1)
    place(values, 6, 1, 0.7, slice(2, 9), slice(3, 9), image=2)
    found = decode(values)
    assert found["num_detections"].tolist() == [0, 1, 1]
    for image in range(3):
        one = {name: x[image : image + 1] for name, x in values.items()}
        alone = decode(one)
        for name in found:
            np.testing.assert_allclose(
                found[name][image], alone[name][0], atol=1e-6
            )


def test_quality_multiplies_scores_before_nms():
    """Of two equal masks the better one stays, whatever its class score."""
    values = outputs()
    place(values, 1, 0, 0.8, slice(2, 10), slice(3, 10))
    place(values, 10, 0, 0.7, slice(2, 10), slice(3, 10))
    plain = decode(values, nms="hard")
    logits = np.full((1, CELLS), 9.0, "float32")
    logits[0, 1], logits[0, 10] = logit(0.25), logit(0.81)
    rated = {**values, "quality_logits": logits}
    for power, want in ((1.0, 0.7 * 0.81), (0.5, 0.7 * 0.9), (0.0, 0.8)):
        found = decode(rated, nms="hard", quality_power=power)
        assert found["num_detections"][0] == 1
        assert found["confidence"][0, 0] == pytest.approx(want, rel=1e-3)
    for name in plain:  # with a power of 0
        np.testing.assert_array_equal(found[name], plain[name])


def test_errors():
    with pytest.raises(ValueError, match="nms_kernel"):
        InstanceDecoder(nms_kernel="hard")
    with pytest.raises(ValueError, match="quality_power of at least 0"):
        InstanceDecoder(quality_power=-1)
    with pytest.raises(ValueError, match="Expected Levels"):
        InstanceDecoder(levels=(4, 2))
    with pytest.raises(ValueError, match="at least 1"):
        InstanceDecoder(max_candidates=0)
    with pytest.raises(ValueError, match=r"at most \(20000, 5000, 2000\)"):
        InstanceDecoder(nms_candidates=5001)
    with pytest.raises(ValueError, match=r"at least 1.*'many'"):
        InstanceDecoder(max_detections="many")
    with pytest.raises(ValueError, match="nms to be one of .*'soft'"):
        InstanceDecoder(nms="soft")
    with pytest.raises(ValueError, match="nms_iou_threshold to be a number"):
        InstanceDecoder(nms_iou_threshold=1.5)
    for name in ("score_threshold", "mask_threshold", "nms_sigma"):
        with pytest.raises(ValueError, match=rf"{name}.*Received.*\[0\.5\]"):
            InstanceDecoder(**{name: [0.5]})


def test_as_a_layer(tmp_path):
    values = outputs(2)
    place(values, 5, 2, 0.8, slice(2, 6), slice(3, 10), image=1)
    place(values, 6, 1, 0.7, slice(2, 9), slice(3, 9), image=1)
    check_layer(
        InstanceDecoder,
        {
            "levels": LEVELS,
            "score_threshold": 0.2,
            "mask_threshold": 0.4,
            "update_threshold": 0.1,
            "max_candidates": 7,
            "nms_candidates": 6,
            "max_detections": 5,
            "nms_kernel": "linear",
            "nms_sigma": 3.0,
            "nms": "hard",
            "class_agnostic": True,
            "nms_iou_threshold": 0.3,
            "quality_power": 0.5,
        },
        {**values, "quality_logits": np.zeros((2, CELLS), "float32")},
        folder=tmp_path,
        precise=True,
    )


def test_levels_of_a_model():
    """Without levels of its own: the reference's, until a model sets them."""
    decoder = InstanceDecoder()
    assert decoder.levels is None
    assert decoder.get_config()["levels"] is None
    decoder.levels = LEVELS
    values = outputs()
    place(values, 5, 2, 0.8, slice(2, 6), slice(3, 10))
    assert int(decoder(values)["num_detections"][0]) == 1
    assert decoder.get_config()["levels"] == LEVELS.get_config()


def test_without_a_model_levels_are_the_references():
    values = {
        "category_logits": np.full((1, 3872, 1), -9.0, "float32"),
        "kernels": np.zeros((1, 3872, 2), "float32"),
        "mask_features": np.zeros((1, 8, 8, 2), "float32"),
    }
    assert int(InstanceDecoder()(values)["num_detections"][0]) == 0


def test_a_finer_mask_grid_is_the_same_canvas():
    """A mask falls out by its pixels of the canvas; boxes are canvas pixels."""
    values = outputs()
    place(values, 5, 0, 0.8, slice(0, 4), slice(0, 8))  # 32 pixels, stride 8
    place(values, 10, 1, 0.8, slice(4, 7), slice(0, 11))  # 33 pixels
    levels = dataclasses.replace(LEVELS, mask_stride=2)
    found = InstanceDecoder(levels)(values)
    assert ops.convert_to_numpy(found["labels"])[0, :2].tolist() == [1, -1]
    boxes = ops.convert_to_numpy(found["boxes"])
    np.testing.assert_array_equal(boxes[0, 0], [0, 8, 22, 14])
