"""Instances that formats find hard: holes, parts, corners, odd names."""

import numpy as np

from keras_solo.data.instances import Instances

NAMES = (
    "<script>alert(1)</script>",
    "a\nb",
    "x" * 300,
    "\u202eabc",
    "../../x",
    "\udcff",
)
SIZE = 7, 9


def odd_masks():
    """A ring, two parts, pixels that touch at corners, noise, all."""
    masks = np.zeros((5, *SIZE), bool)
    masks[0, 1:6, 1:6] = True
    masks[0, 2:4, 2:4] = False
    masks[1, 0, 0] = masks[1, 5:, 3:] = True
    masks[2, :5, :5] = np.eye(5)
    masks[3] = np.random.default_rng(3).random(SIZE) > 0.5
    masks[4] = True
    return masks


def odd_instances(empty=False):
    """One of each of the masks; with `empty` one more, without a pixel."""
    masks = odd_masks()
    if empty:
        masks = np.concatenate([masks, np.zeros((1, *SIZE), bool)])
    scores = np.random.default_rng(0).random(len(masks), np.float32)
    return Instances(
        masks,
        labels=np.arange(len(masks)) % len(NAMES),
        scores=scores,
        class_names=NAMES,
        category_ids=[7, 3, 90, 1, 5, 2],
    )


def nothing():
    return Instances([], [], original_size=SIZE, class_names=NAMES)


def check_same(found, expected, scores=True, names=True):
    """Bit for bit."""
    np.testing.assert_array_equal(found.masks, expected.masks)
    assert found.masks.shape == expected.masks.shape
    assert found.names == expected.names
    assert found.boxes.tobytes() == expected.boxes.tobytes()
    if scores:
        assert found.scores.tobytes() == expected.scores.tobytes()
    if names:
        assert found.class_names == expected.class_names
        assert found.labels.tolist() == expected.labels.tolist()
