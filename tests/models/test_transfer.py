"""Weights for a model that is not quite the one they were saved of."""

import warnings

import pytest
from keras import ops

from keras_solo import SOLOv2
from keras_solo.models.transfer import semantic_heads_fit, transfer

SMALL = {"filters": 8, "num_convs": 1, "groups": 4}


def arrays(weights):
    return [ops.convert_to_numpy(weight) for weight in weights]


def equal(one, other):
    pairs = zip(arrays(one), arrays(other), strict=True)
    return [a.shape == b.shape and (a == b).all() for a, b in pairs]


def without_head(model):
    head = model.semantic_head
    left_out = {id(v) for v in head.weights} if head else ()
    return [v for v in model.weights if id(v) not in left_out]


def test_heads_that_fit(make_model):
    plain = make_model()
    small = make_model(semantic_head=SMALL)
    other = make_model(
        class_names=("a",), semantic_head={**SMALL, "prior_probability": 0.5}
    )
    wider = make_model(semantic_head={**SMALL, "filters": 16})
    assert semantic_heads_fit(plain, plain)
    assert semantic_heads_fit(small, other)
    assert not semantic_heads_fit(plain, small)
    assert not semantic_heads_fit(small, plain)
    assert not semantic_heads_fit(small, wider)


def test_a_head_comes_to_a_preset_without_and_goes(make_model, tmp_path):
    plain = make_model()
    plain.save_to_preset(tmp_path / "plain")
    with pytest.warns(UserWarning, match="no semantic head.*starts anew"):
        more = SOLOv2.from_preset(tmp_path / "plain", semantic_head=SMALL)
    assert more.semantic_head.filters == 8
    assert all(equal(without_head(more), plain.weights))

    more.save_to_preset(tmp_path / "more")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        again = SOLOv2.from_preset(tmp_path / "more")
        less = SOLOv2.from_preset(tmp_path / "more", semantic_head=None)
        same = SOLOv2.from_preset(tmp_path / "more", semantic_head=SMALL)
    assert all(equal(again.weights, more.weights))
    assert all(equal(same.weights, more.weights))
    assert less.semantic_head is None
    assert all(equal(less.weights, plain.weights))
    less.save_to_preset(tmp_path / "less")
    sizes = {
        name: (tmp_path / name / "model.weights.h5").stat().st_size
        for name in ("plain", "more", "less")
    }
    assert sizes["less"] == sizes["plain"] < sizes["more"]


def test_other_classes(make_model):
    source = make_model(semantic_head=SMALL)
    target = make_model(class_names=("a", "b", "c"), semantic_head=SMALL)
    for variable in target.weights:
        variable.assign(variable + 1.0)
    transfer(source, target, other_classes=True)
    anew = [
        variable.path
        for variable, kept in zip(
            target.weights, equal(source.weights, target.weights), strict=True
        )
        if not kept
    ]
    assert anew == [
        "head/category_output/kernel",
        "head/category_output/bias",
        "semantic_head/output_conv/kernel",
        "semantic_head/output_conv/bias",
    ]
    transfer(source, target, other_classes=False)
    assert all(equal(source.weights, target.weights))


def test_weights_that_do_not_fit(make_model):
    with pytest.raises(ValueError, match="feature_pyramid.*another backbone"):
        transfer(make_model(), make_model(pyramid_filters=16), True)
    with pytest.raises(ValueError, match="get nothing"):
        transfer(
            make_model(),
            make_model(
                head={"filters": 8, "num_convs": 2, "kernel_filters": 8}
                | {"groups": 4}
            ),
            True,
        )
