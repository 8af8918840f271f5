import keras
import numpy as np
import pytest

from keras_solo.models.loss_arguments import (
    check_compile_arguments,
    check_targets,
    checked_weights,
    chosen_loss,
)


def test_weights_that_are_not_given():
    default = {"a_loss": 1.0, "b_loss": 3.0}
    assert checked_weights(None, default) == default
    found = checked_weights({"b_loss": 0, "separation_loss": 2.0}, default)
    assert found == {"a_loss": 1.0, "b_loss": 0, "separation_loss": 2.0}
    with pytest.raises(ValueError, match="Expected loss_weights.*c_loss"):
        checked_weights({"c_loss": 1.0}, default)


def test_a_loss_or_the_default():
    assert chosen_loss("auto", max) is max
    assert chosen_loss(min, max) is min
    with pytest.raises(ValueError, match="Received: 'mse'"):
        chosen_loss("mse", max)


def test_targets():
    outputs = {"mask_features": np.zeros((2, 4, 6, 8))}
    masks = np.zeros((2, 3, 4, 6))
    check_targets({"masks": masks, "labels": 0, "boxes": 0}, outputs)
    for wrong in ({"masks": masks}, [0]):
        with pytest.raises(ValueError, match='"labels"'):
            check_targets(wrong, outputs)
    finer = {"masks": np.zeros((2, 3, 8, 12)), "labels": 0}
    with pytest.raises(ValueError, match=r"\(4, 6\) .*own.*\(8, 12\)"):
        check_targets(finer, outputs)


def test_masks_whose_size_is_forgotten():
    outputs = {"mask_features": np.zeros((2, 4, 6, 8))}
    masks = keras.KerasTensor((2, 3, None, None))
    with pytest.raises(ValueError, match=r"of \(4, 6\) pixels in each batch"):
        check_targets({"masks": masks, "labels": 0}, outputs)
    # Boxes come from the dataset; nothing needs the size.
    check_targets({"masks": masks, "labels": 0, "boxes": 0}, outputs)


def test_what_keras_takes():
    check_compile_arguments(None, {"jit_compile": True})
    for metrics, more in (("acc", {}), (None, {"weighted_metrics": [1]})):
        with pytest.raises(ValueError, match="no metrics"):
            check_compile_arguments(metrics, more)
    with pytest.raises(ValueError, match="two losses"):
        check_compile_arguments(None, {"loss": "mse"})
