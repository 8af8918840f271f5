import numpy as np
from keras import ops

from keras_solo.losses import quality_entropy


def test_by_hand():
    quality = np.float32([0.0, 0.5, 1.0, 1.0])
    logits = np.float32([0.0, 0.0, 0.0, np.log(3.0)])
    found = ops.convert_to_numpy(quality_entropy(quality, logits))
    want = [np.log(2)] * 3 + [np.log(4 / 3)]
    np.testing.assert_allclose(found, want, rtol=1e-6)


def test_extreme_logits_in_half_precision():
    logits = ops.cast(np.float32([-60.0, 60.0, 60.0]), "float16")
    found = quality_entropy(np.float32([0.0, 1.0, 0.0]), logits)
    assert str(ops.dtype(found)) == "float32"
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), [0, 0, 60], atol=1e-6
    )


def test_it_is_smallest_where_both_are_equal():
    guesses = np.float32([0.1, 0.3, 0.5, 0.7, 0.9])
    loss = quality_entropy(np.float32(0.7), np.log(guesses / (1 - guesses)))
    assert np.argmin(ops.convert_to_numpy(loss)) == 3
