import json

import numpy as np
import pytest
from keras import ops

from keras_solo.layers import MatrixNMS, matrix_nms
from tests.layer_harness import check_layer


def nms(*args, **kwargs):
    return ops.convert_to_numpy(matrix_nms(*args, **kwargs))


def test_nothing():
    got = nms(np.zeros((0, 4, 4)), np.zeros(0, "int32"), np.zeros(0))
    assert got.shape == (0,)


def squares(*columns):
    masks = np.zeros((len(columns), 4, 8), "uint8")
    for mask, (start, end) in zip(masks, columns, strict=True):
        mask[:, start:end] = 1
    return masks


def test_by_hand():
    # The second mask has IoU 1/3 with the better first one; the third, of
    # another class, the same, without effect.
    masks = squares((0, 4), (2, 6), (2, 6))
    labels, scores = np.array([0, 0, 1]), np.float32([0.9, 0.8, 0.7])
    gaussian = nms(masks, labels, scores)
    np.testing.assert_allclose(
        gaussian, [0.9, 0.8 * np.exp(-2 / 9), 0.7], rtol=1e-6
    )
    linear = nms(masks, labels, scores, kernel="linear")
    np.testing.assert_allclose(linear, [0.9, 0.8 * 2 / 3, 0.7], rtol=1e-6)


def test_order_of_the_input_does_not_matter():
    rng = np.random.default_rng(0)
    masks = rng.random((12, 6, 7)) > 0.5
    labels, scores = rng.integers(0, 2, 12), rng.random(12)
    order = rng.permutation(12)
    np.testing.assert_allclose(
        nms(masks, labels, scores)[order],
        nms(masks[order], labels[order], scores[order]),
        rtol=1e-6,
    )


@pytest.mark.parametrize("kernel", ["gaussian", "linear"])
def test_where_the_reference_is_nan(kernel):
    """Empty masks overlap nothing; duplicates decay."""
    masks = squares((0, 4), (0, 4), (0, 4), (0, 0), (0, 0))
    got = nms(masks, np.zeros(5, "int32"), np.float32([5, 4, 3, 2, 1]), kernel)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got[[0, 3, 4]], [5, 2, 1])
    if kernel == "linear":
        np.testing.assert_allclose(got[1:3], 0)
    else:
        np.testing.assert_allclose(got[1:3], [4 * np.exp(-2), 3 * np.exp(-2)])


def test_empty_slots():
    masks = squares((0, 4), (0, 4))
    got = nms(masks, np.array([-1, -1]), np.float32([0.9, 0.8]))
    np.testing.assert_array_equal(got, 0)


def test_all_classes():
    """The best of all classes decays the others; empty slots do not."""
    masks = squares((0, 4), (2, 6), (0, 4))
    labels, scores = np.array([0, 1, -1]), np.float32([0.9, 0.8, 1.0])
    got = nms(masks, labels, scores, class_agnostic=True)
    np.testing.assert_allclose(got, [0.9, 0.8 * np.exp(-2 / 9), 0], rtol=1e-6)
    same = nms(masks, np.zeros(3, "int32"), scores)
    np.testing.assert_array_equal(
        nms(masks, np.arange(3), scores, class_agnostic=True), same
    )


def test_batch_is_image_by_image():
    rng = np.random.default_rng(1)
    masks = rng.random((3, 5, 6, 6)) > 0.5
    labels, scores = rng.integers(0, 2, (3, 5)), rng.random((3, 5))
    got = nms(masks, labels, scores)
    for one in range(3):
        np.testing.assert_allclose(
            got[one], nms(masks[one], labels[one], scores[one]), rtol=1e-6
        )


def reference_cases(cases):
    for case in json.loads(str(cases["nms.meta"])):
        yield (
            case,
            {
                key: cases[f"nms.{case['name']}.{key}"]
                for key in (
                    "masks",
                    "labels",
                    "scores",
                    "out_scores",
                    "out_labels",
                    "out_keep",
                )
            },
        )


def test_agrees_with_the_reference(mmdet_cases):
    """23 cases: kernels, sigmas, bounds, thresholds, duplicates, ties."""
    agreed = 0
    for case, arrays in reference_cases(mmdet_cases):
        options = case["kwargs"]
        masks = np.asarray(arrays["masks"], "float32")
        scores = np.asarray(arrays["scores"], "float32")
        labels = arrays["labels"].astype("int32")
        bound = options.get("nms_pre", -1)
        if 0 < bound < len(scores):
            kept = np.argsort(-scores, kind="stable")[:bound]
            labels = np.where(np.isin(np.arange(len(scores)), kept), labels, -1)
        kernel = options.get("kernel", "gaussian")
        got = nms(masks, labels, scores, kernel, options.get("sigma", 2.0))
        assert np.isfinite(got).all(), case["name"]
        keep, want = arrays["out_keep"], arrays["out_scores"]
        finite = np.isfinite(want)
        # Where the reference is NaN ours is a number, by design.
        np.testing.assert_allclose(
            got[keep][finite], want[finite], atol=2e-6, err_msg=case["name"]
        )
        assert finite.all() == (case["out_nan"] == 0)
        threshold = options.get("filter_thr", -1)
        if threshold > 0 and finite.all():
            count = int((got >= threshold).sum())
            assert min(count, options.get("max_num", count)) == len(keep)
        agreed += 1
    assert agreed == 23


def test_float32_whatever_the_policy():
    masks = np.ones((2, 100, 100), "uint8")  # 10,000 exceeds bfloat16
    masks[1, :50] = 0
    layer = MatrixNMS("linear", dtype="mixed_bfloat16")
    got = layer(masks, np.zeros(2, "int32"), np.float32([0.9, 0.8]))
    np.testing.assert_allclose(ops.convert_to_numpy(got), [0.9, 0.4], 1e-6)


def test_errors():
    with pytest.raises(ValueError, match="gaussian"):
        MatrixNMS("gauss")


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(2)
    check_layer(
        MatrixNMS,
        {"kernel": "linear", "sigma": 3.0, "class_agnostic": True},
        (rng.random((2, 6, 8, 8)) > 0.5).astype("float32"),
        rng.integers(-1, 2, (2, 6)).astype("int32"),
        rng.random((2, 6)).astype("float32"),
        folder=tmp_path,
        precise=True,
    )
