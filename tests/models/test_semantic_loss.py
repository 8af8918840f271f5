"""The semantic head: in training and evaluation, never in predictions."""

import keras
import numpy as np
import pytest
from keras import ops

SMALL = {"filters": 8, "num_convs": 1, "groups": 4}


@pytest.fixture
def with_head(make_model):
    keras.utils.set_random_seed(3)
    return make_model(semantic_head=SMALL)


def test_it_is_the_same_model_but_for_the_head(
    make_model, with_head, tiny_batch, monkeypatch
):
    """The same seed, the same weights, the same predictions.

    The head raises while predictions are compiled: nothing of it is in them.
    """
    keras.utils.set_random_seed(3)
    without = make_model()
    head = {id(variable) for variable in with_head.semantic_head.weights}
    others = [v for v in with_head.weights if id(v) not in head]
    for one, other in zip(others, without.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        )

    def refuse(self, inputs):
        raise RuntimeError("semantic work")

    monkeypatch.setattr(type(with_head.semantic_head), "call", refuse)
    images = tiny_batch[0].astype("float32")
    wanted = without.predict_on_batch(images)
    for found in (
        with_head.predict(images, verbose=0),
        with_head.predict_on_batch(images),
    ):
        assert found.keys() == wanted.keys()
        for name, values in wanted.items():
            np.testing.assert_array_equal(found[name], values)
    assert with_head(images).keys() == without(images).keys()
    assert set(with_head.output) == set(without.output)
    with pytest.raises(RuntimeError, match="semantic work"):
        with_head(images, training=True)


def test_a_call_in_training_has_its_logits(with_head, tiny_batch):
    images = tiny_batch[0].astype("float32")
    plain = with_head(images, training=True)
    assert tuple(plain["semantic_logits"].shape) == (2, 8, 8, 3)
    with_head.compile(remat=True)
    again = with_head(images, training=True)
    assert again.keys() == plain.keys()
    np.testing.assert_allclose(
        ops.convert_to_numpy(again["semantic_logits"]),
        ops.convert_to_numpy(plain["semantic_logits"]),
        atol=1e-5,
    )
    assert "semantic_logits" not in with_head(images)


def test_the_pyramid_learns_from_it_alone(make_model, tiny_batch):
    """In half precision; `test_solov2.py` trains and evaluates in float32."""
    head = {**SMALL, "prior_probability": 0.1}
    model = make_model(semantic_head=head, dtype="mixed_bfloat16")
    assert model.semantic_head.compute_dtype == "bfloat16"
    weights = {"category_loss": 0.0, "mask_loss": 0.0, "semantic_loss": 2.0}
    model.compile(keras.optimizers.Adam(1e-2), loss_weights=weights)
    before = model.evaluate(*tiny_batch, verbose=0, return_dict=True)
    assert before["loss"] == before["semantic_loss"] > 0
    pyramid = model.feature_pyramid.get_weights()
    head = model.head.get_weights()
    history = model.fit(*tiny_batch, batch_size=2, epochs=12, verbose=0).history
    assert history["semantic_loss"] == history["loss"]
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    assert history["loss"][0] == pytest.approx(before["loss"], rel=0.2)
    changed = [
        (old != new).any()
        for old, new in zip(
            pyramid, model.feature_pyramid.get_weights(), strict=True
        )
    ]
    assert any(changed)
    for old, new in zip(head, model.head.get_weights(), strict=True):
        # Adam makes no step where no gradient is.
        np.testing.assert_array_equal(old, new)


def test_losses_add_up_and_targets_may_be_encoded(with_head, tiny_batch):
    images, targets = tiny_batch
    outputs = with_head(images.astype("float32"), training=True)

    def loss(targets, outputs):
        value = with_head.compute_loss(y=targets, y_pred=outputs)
        return float(ops.convert_to_numpy(value))

    whole = loss(targets, outputs)
    semantic = float(
        ops.convert_to_numpy(with_head.semantic_loss_tracker.result())
    )
    assert semantic > 0
    two = {k: v for k, v in outputs.items() if k != "semantic_logits"}
    assert whole == pytest.approx(loss(targets, two) + semantic, rel=1e-5)
    encoded = with_head.target_encoder(targets)
    assert loss(encoded, outputs) == pytest.approx(whole, rel=1e-6)
    del encoded["object_labels"]
    with pytest.raises(ValueError, match='"object_labels"'):
        loss(encoded, outputs)


def test_without_the_head_there_is_no_such_loss(tiny_model):
    assert "semantic_loss" not in tiny_model.loss_weights
    assert tiny_model.get_config()["semantic_head"] is None
    assert all(m.name != "semantic_loss" for m in tiny_model.metrics)
    with pytest.raises(ValueError, match="Expected loss_weights.*semantic"):
        tiny_model.compile(loss_weights={"semantic_loss": 1.0})


def test_a_head_that_does_not_fit(make_model):
    with pytest.raises(ValueError, match="num_classes=3.*num_classes=9"):
        make_model(semantic_head={"num_classes": 9, **SMALL})
    with pytest.raises(ValueError, match="SemanticHead, or its config"):
        make_model(semantic_head=7)
