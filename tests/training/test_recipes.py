"""The published schedule, and the one for random weights."""

import pytest

from keras_solo import recipes


def rate(optimizer, step):
    schedule = optimizer._learning_rate
    return float(schedule(step))


def test_reference_follows_the_published_schedule():
    """lr 0.01 for 16 images, a tenth after 8 and 11 of 12 epochs."""
    optimizer = recipes.reference(16, 1000, 12)["optimizer"]
    assert optimizer.global_clipnorm == 35.0
    assert optimizer.momentum == 0.9 and optimizer.l2 == 1e-4
    expected = {0: 1e-5, 250: 0.005, 500: 0.01, 7999: 0.01, 8001: 1e-3,
                11001: 1e-4}  # fmt: skip
    for step, value in expected.items():
        assert rate(optimizer, step) == pytest.approx(value, rel=2e-3), step


def test_reference_scales_linearly():
    optimizer = recipes.reference(4, 1000, 36)["optimizer"]
    assert rate(optimizer, 600) == pytest.approx(0.0025)
    assert rate(optimizer, 24_001) == pytest.approx(0.00025)
    assert rate(optimizer, 33_001) == pytest.approx(0.000025)


def test_short_trainings_warm_up_shortly():
    optimizer = recipes.reference(16, 10, 2, schedule="cosine")["optimizer"]
    assert rate(optimizer, 2) > 0.009
    assert rate(optimizer, 20) == pytest.approx(0, abs=1e-8)


def test_from_scratch_averages_the_last_tenth():
    optimizer = recipes.from_scratch(8, 200, 10)["optimizer"]
    assert optimizer.use_ema
    assert 1 / (1 - optimizer.ema_momentum) == pytest.approx(200)
    assert not recipes.from_scratch(8, 2, 1, ema=False)["optimizer"].use_ema


@pytest.mark.parametrize(
    "recipe, arguments, words",
    [
        (recipes.reference, (8, 0, 1), "at least 1"),
        (recipes.reference, (8, 9, 1, "poly"), "cosine"),
        (recipes.from_scratch, (8, 9, 0), "at least 1"),
    ],
)
def test_errors(recipe, arguments, words):
    with pytest.raises(ValueError, match=words):
        recipe(*arguments)
