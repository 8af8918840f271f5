"""A head that predicts, too, how good the mask of each cell is."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import SOLOv2
from keras_solo.losses import QualityFocalLoss
from keras_solo.models import pair_measures
from keras_solo.models.quality_loss import quality_of_pairs

HEAD = {"filters": 8, "num_convs": 1, "kernel_filters": 8, "groups": 4}
HEAD = {**HEAD, "prior_probability": 0.1}


@pytest.fixture
def with_quality(make_model):
    return make_model(head={**HEAD, "quality": True})


def number(tensor):
    return float(ops.convert_to_numpy(tensor))


def encoded(owners, cells, instances):
    arrays = {
        "owners": owners,
        "pair_cells": cells,
        "pair_instances": instances,
    }
    return {k: ops.convert_to_tensor(np.int32(v)) for k, v in arrays.items()}


def test_no_pair():
    nothing = encoded([[-1, -1]], [[-1, -1]], [[-1, -1]])
    loss = quality_of_pairs(ops.zeros((1, 2)), nothing, ops.ones((1, 2)))
    assert number(loss) == 0


def test_the_pair_of_the_owner_counts():
    """Objects 0 and 1 claim cell 2, which 1 owns; cell 1 is of object 0."""
    pairs = encoded([[-1, 0, 1]], [[1, 2, 2, -1]], [[0, 0, 1, -1]])
    iou = ops.convert_to_tensor(np.float32([[0.5, 0.9, 1.0, 0.3]]))
    logits = ops.convert_to_tensor(np.float32([[7.0, 0.0, np.log(3)]]))
    loss = number(quality_of_pairs(iou, pairs, logits))
    assert loss == pytest.approx((np.log(2) + np.log(4 / 3)) / 2, rel=1e-5)


def test_it_learns_the_iou_and_is_saved(make_model, tiny_batch, tmp_path):
    """In half precision, all other losses being without weight."""
    model = make_model(
        head={**HEAD, "quality": True},
        decoder={"quality_power": 0.5},
        dtype="mixed_bfloat16",
    )
    weights = {"category_loss": 0.0, "mask_loss": 0.0, "quality_loss": 2.0}
    model.compile(keras.optimizers.Adam(0.03), loss_weights=weights)
    before = model.evaluate(*tiny_batch, verbose=0, return_dict=True)
    # Every guess is a half, as before any training.
    assert before["quality_loss"] == pytest.approx(2 * np.log(2), rel=0.1)
    assert before["loss"] == before["quality_loss"]
    masks = model.mask_head.get_weights()
    history = model.fit(*tiny_batch, batch_size=2, epochs=8, verbose=0).history
    # It stays above the entropy of the IoU itself.
    assert history["loss"][-1] < history["loss"][0] - 0.05
    for old, new in zip(masks, model.mask_head.get_weights(), strict=True):
        # No gradient goes through what is measured.
        np.testing.assert_array_equal(old, new)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_config() == model.get_config()
    assert again.loss_weights == weights
    images = tiny_batch[0].astype("float32")
    for name, values in model.predict_on_batch(images).items():
        np.testing.assert_array_equal(
            again.predict_on_batch(images)[name], values
        )


def test_without_it_nothing_is_else(tiny_model, with_quality, tiny_batch):
    """The same weights, the same losses, and one more."""
    images, targets = tiny_batch
    outputs = with_quality(images.astype("float32"))
    assert tuple(outputs["quality_logits"].shape) == (2, 80)
    whole = number(with_quality.compute_loss(y=targets, y_pred=outputs))
    quality = number(with_quality.quality_loss_tracker.result())
    others = {k: v for k, v in outputs.items() if k != "quality_logits"}
    two = number(tiny_model.compute_loss(y=targets, y_pred=others))
    assert whole == pytest.approx(two + quality, rel=1e-5) and quality > 0
    assert set(tiny_model(images.astype("float32"))) == set(others)
    assert "quality_loss" not in tiny_model.loss_weights
    assert all(m.name != "quality_loss" for m in tiny_model.metrics)
    with pytest.raises(ValueError, match="Expected loss_weights.*quality"):
        tiny_model.compile(loss_weights={"quality_loss": 1.0})


def test_the_iou_is_measured_once(with_quality, tiny_batch, monkeypatch):
    """Also where the scores learn it, too."""
    images, targets = tiny_batch
    outputs = with_quality(images.astype("float32"))
    asked = []

    def spy(masks, logits, objects):
        asked.append(1)
        return measured(masks, logits, objects)

    measured = pair_measures.mask_iou
    monkeypatch.setattr(pair_measures, "mask_iou", spy)
    counts = []
    for loss in ("auto", QualityFocalLoss()):
        with_quality.compile(category_loss=loss)
        asked.clear()
        with_quality.compute_loss(y=targets, y_pred=outputs)
        counts.append(len(asked))
    assert counts[0] == counts[1] > 0


def test_a_preset_gets_it_anew(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path / "preset")
    with pytest.warns(UserWarning, match="no quality of masks"):
        more = SOLOv2.from_preset(
            tmp_path / "preset", head={**HEAD, "quality": True}
        )
    own = {id(v) for v in more.head.quality_output.weights}
    kept = [v for v in more.weights if id(v) not in own]
    for new, old in zip(kept, tiny_model.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(new), ops.convert_to_numpy(old)
        )
    more.save_to_preset(tmp_path / "more")
    less = SOLOv2.from_preset(tmp_path / "more", head=HEAD)
    assert len(less.weights) == len(tiny_model.weights)
