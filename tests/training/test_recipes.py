"""The published schedule, and the one for random weights."""

import keras
import numpy as np
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
    optimizer = recipes.reference(4, 1000, 12)["optimizer"]
    assert rate(optimizer, 600) == pytest.approx(0.0025)
    assert rate(optimizer, 8_001) == pytest.approx(0.00025)
    assert rate(optimizer, 11_001) == pytest.approx(0.000025)


def test_reference_of_36_epochs():
    """From a third of the rate; a tenth after 27 and 33 epochs."""
    optimizer = recipes.reference(16, 1000, 36)["optimizer"]
    expected = {0: 0.01 / 3, 250: 0.02 / 3, 500: 0.01, 26_999: 0.01,
                27_001: 1e-3, 33_001: 1e-4}  # fmt: skip
    for step, value in expected.items():
        assert rate(optimizer, step) == pytest.approx(value, rel=1e-3), step


def test_short_trainings_warm_up_shortly():
    optimizer = recipes.reference(16, 10, 2, schedule="cosine")["optimizer"]
    assert rate(optimizer, 2) > 0.009
    assert rate(optimizer, 20) == pytest.approx(0, abs=1e-8)


def test_from_scratch_averages_the_last_tenth():
    optimizer = recipes.from_scratch(8, 200, 10)["optimizer"]
    assert optimizer.use_ema
    assert 1 / (1 - optimizer.ema_momentum) == pytest.approx(200)
    assert not recipes.from_scratch(8, 2, 1, ema=False)["optimizer"].use_ema


def test_fine_tune_has_a_lever_for_each_choice(tiny_model):
    """1,000 updates; first what is chosen, then what is not."""
    optimizer = recipes.fine_tune(
        tiny_model, 4, 200, 10, 1e-3, (0.2, 0.5), 1.5, 0.02, 0.05, 3.0, 0.2,
        gradient_accumulation_steps=2,
    )["optimizer"]  # fmt: skip
    assert rate(optimizer, 0) == pytest.approx(1e-5)
    assert rate(optimizer, 2 * 20) == pytest.approx(1e-3, rel=2e-3)
    assert rate(optimizer, 2 * 1000) == pytest.approx(0, abs=1e-9)
    assert optimizer.depths == tuple(recipes.layer_depths(tiny_model))
    assert optimizer.backbone_rates == (0.2, 0.5)
    assert optimizer.unfreeze_steps == 150
    assert optimizer.weight_decay == 0.05 and optimizer.global_clipnorm == 3.0
    assert 1 / (1 - optimizer.ema_momentum) == pytest.approx(200)
    plain = recipes.fine_tune(
        tiny_model, 4, 200, 10, warmup=0.0, clip=None, average=0.0
    )["optimizer"]
    assert rate(plain, 1) == pytest.approx(4e-4, rel=1e-4)
    assert not plain.use_ema and plain.global_clipnorm is None
    assert plain.unfreeze_steps == 0


def test_schedules_count_updates():
    """Four steps of four images are one update of 16."""
    whole = recipes.reference(16, 250, 12)["optimizer"]
    parts = recipes.reference(4, 1000, 12, gradient_accumulation_steps=4)
    for update in (0, 60, 1999, 2001, 2751):
        assert rate(parts["optimizer"], 4 * update) == rate(whole, update)
    whole = recipes.from_scratch(8, 20, 10)["optimizer"]
    parts = recipes.from_scratch(4, 40, 10, gradient_accumulation_steps=2)
    for update in (0, 5, 100, 199):
        assert rate(parts["optimizer"], 2 * update) == rate(whole, update)
    assert parts["optimizer"].ema_momentum == whole.ema_momentum


@pytest.mark.parametrize("recipe", [recipes.reference, recipes.from_scratch])
def test_steps_are_accumulated(recipe, tiny_model, tiny_batch):
    """Weights move at every third step, and the rate with them."""
    arguments = recipe(2, 30, 1, gradient_accumulation_steps=3)
    tiny_model.compile(**arguments)
    optimizer = arguments["optimizer"]
    weight = tiny_model.head.kernel_output.kernel
    before, moved, rates = keras.ops.convert_to_numpy(weight), [], []
    for _ in range(6):
        tiny_model.train_on_batch(*tiny_batch)
        after = keras.ops.convert_to_numpy(weight)
        moved.append(bool((after != before).any()))
        rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
        before = after
    assert moved == [False, False, True] * 2
    assert rates == [
        pytest.approx(rate(optimizer, 3 * update))
        for update in (0, 0, 1, 1, 1, 2)
    ]


def test_the_mean_of_gradients_is_applied(tiny_batch, make_model):
    """Three times the same batch is that batch once."""
    found = []
    for steps, arguments in (
        (1, recipes.reference(6, 10, 1)),
        (3, recipes.reference(2, 30, 1, gradient_accumulation_steps=3)),
    ):
        keras.utils.set_random_seed(0)
        model = make_model()
        model.compile(**arguments)
        for _ in range(steps):
            model.train_on_batch(*tiny_batch)
        weights = model.trainable_weights
        found.append([keras.ops.convert_to_numpy(w) for w in weights])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    "recipe, arguments, words",
    [
        (recipes.reference, (8, 0, 1), "at least 1"),
        (recipes.reference, (8, 9, 1, "steps", 5, None, 0), "at least 1"),
        (recipes.reference, (8, 9, 1, "poly"), "cosine"),
        (recipes.from_scratch, (8, 9, 0), "at least 1"),
    ],
)
def test_errors(recipe, arguments, words):
    with pytest.raises(ValueError, match=words):
        recipe(*arguments)


def test_fine_tune_refuses_what_is_no_part(tiny_model):
    for wrong in ({"warmup": 20}, {"average": -0.1}):
        with pytest.raises(ValueError, match="0 to 1"):
            recipes.fine_tune(tiny_model, 4, 9, 1, **wrong)
