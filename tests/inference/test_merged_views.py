import dataclasses

import numpy as np
import pytest

from keras_solo.data import Instances
from keras_solo.inference.merged_views import merged_views
from keras_solo.layers import InstanceDecoder

WIDTH = 20


def view(*found):
    """Bars from a column to another, each with its score and label."""
    masks = np.zeros((len(found), 2, WIDTH), bool)
    for mask, (start, end, _, _) in zip(masks, found, strict=True):
        mask[:, start:end] = True
    return Instances(
        masks,
        [label for *_, label in found],
        [score for _, _, score, _ in found],
        class_names=["cat", "dog"],
        original_size=(2, WIDTH),
    )


def merged(*views, **decoder):
    return merged_views(views, InstanceDecoder(**decoder))


def spans(instances):
    return [(int(x1), int(x2)) for x1, _, x2, _ in instances.boxes]


def test_nothing():
    got = merged(view(), view())
    assert len(got) == 0 and got.class_names == ("cat", "dog")
    assert got.original_size == (2, WIDTH)


def test_one_view_stays_as_it_is():
    one = view((0, 9, 0.9, 0), (2, 9, 0.5, 0), (0, 9, 0.3, 1))
    got = merged(one)
    np.testing.assert_array_equal(got.scores, one.scores)
    np.testing.assert_array_equal(got.masks, one.masks)
    np.testing.assert_array_equal(got.boxes, one.boxes)


def test_what_both_see_counts_more():
    """The mask is the better one's; what one view sees alone has half."""
    got = merged(
        view((0, 8, 0.6, 0), (12, 16, 0.9, 1)),
        view((1, 9, 0.8, 0)),
    )
    assert spans(got) == [(1, 9), (12, 16)]
    np.testing.assert_allclose(got.scores, [0.7, 0.45], rtol=1e-6)
    assert got.names == ["cat", "dog"]


def test_the_mask_of_three_views_is_that_of_most():
    views = [
        view((0, 8, 0.6, 0), (12, 16, 0.3, 0)),
        view((1, 8, 0.6, 0)),
        view((1, 7, 0.6, 0)),
    ]
    got = merged(*views)
    assert spans(got) == [(1, 8), (12, 16)]
    np.testing.assert_allclose(got.scores, [0.6, 0.1], rtol=1e-6)
    # A score is a weight.
    views[0] = view((0, 8, 0.9, 0))
    views[1] = view((1, 8, 0.2, 0))
    assert spans(merged(*views)) == [(0, 8)]


def test_an_object_has_one_detection_of_each_view():
    """The fourth fits the first less than the third does."""
    got = merged(
        view((0, 10, 0.9, 0)),
        view((0, 9, 0.7, 0), (0, 7, 0.5, 0)),
        nms_sigma=0.0,
    )
    np.testing.assert_allclose(got.scores, [0.8, 0.25], rtol=1e-6)
    assert spans(got) == [(0, 10), (0, 7)]


def test_classes_are_not_merged():
    views = view((0, 8, 0.8, 0)), view((0, 8, 0.6, 1))
    got = merged(*views)
    np.testing.assert_allclose(got.scores, [0.4, 0.3], rtol=1e-6)
    across = merged(*views, class_agnostic=True, update_threshold=0.01)
    np.testing.assert_allclose(across.scores, [0.4, 0.3 * np.exp(-2)], 1e-6)
    hard = merged(*views, class_agnostic=True, nms="hard")
    np.testing.assert_allclose(hard.scores, [0.4], rtol=1e-6)


def test_nms_between_what_never_met():
    """IoU 4/9: not one object, and no view has compared them."""
    views = view((0, 9, 0.8, 0)), view((0, 4, 0.6, 0), (14, 15, 0.5, 0))
    got = merged(*views)
    want = [0.4, 0.25, 0.3 * np.exp(-2 * (4 / 9) ** 2)]
    np.testing.assert_allclose(got.scores, want, rtol=1e-6)
    linear = merged(*views, nms_kernel="linear")
    want[2] = 0.3 * 5 / 9
    np.testing.assert_allclose(linear.scores, want, rtol=1e-6)
    hard = merged(*views, nms="hard", nms_iou_threshold=0.4)
    assert spans(hard) == [(0, 9), (14, 15)]
    # In one view they have met.
    both = view((0, 9, 0.8, 0), (0, 4, 0.6, 0))
    np.testing.assert_allclose(merged(both, view()).scores, [0.4, 0.3], 1e-6)


@pytest.mark.parametrize("update_threshold", [0.05, 0.2])
def test_bounds_of_the_decoder(update_threshold):
    bars = [(2 * i, 2 * i + 1, 0.1 + i / 20, 0) for i in range(8)]
    got = merged(view(*bars), view(), update_threshold=update_threshold)
    want = [s / 2 for *_, s, _ in bars[::-1] if s / 2 >= update_threshold]
    np.testing.assert_allclose(got.scores, want, rtol=1e-6)
    assert len(merged(view(*bars), max_detections=3)) == 3


def test_the_image_stays():
    image = np.zeros((2, WIDTH, 3), np.uint8)
    one = dataclasses.replace(view((0, 4, 0.5, 0)), image=image)
    assert merged(one, view()).image is image
