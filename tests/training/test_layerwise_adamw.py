"""LayerwiseAdamW: each depth at its rate, from its step on."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.training import RunFolder
from keras_solo.training.layerwise_adamw import LayerwiseAdamW
from tests.training.line import EPOCHS, Line, Numbers, flat

VALUES = np.float32([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]])
DEPTHS = (0.0, 0.5, None)


def value(variable):
    return ops.convert_to_numpy(variable)


def run(optimizer, gradients):
    """The variables after each gradient of all of them."""
    variables = [keras.Variable(row) for row in VALUES]
    seen = []
    for gradient in gradients:
        optimizer.apply([*map(ops.convert_to_tensor, gradient)], variables)
        seen.append(np.stack([value(v) for v in variables]))
    return seen, variables


def gradients(count):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, *VALUES.shape)).astype("float32")


def by_hand(gradients, rates, decay=0.0, clip=None):
    """AdamW as its paper has it, with a rate for each row and step."""
    weights = VALUES.astype("float64")
    first = second = 0.0
    for step, gradient in enumerate(gradients.astype("float64"), start=1):
        if clip:
            gradient = gradient * min(1, clip / np.linalg.norm(gradient))
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        direction = first / (1 - 0.9**step)
        direction /= np.sqrt(second / (1 - 0.999**step)) + 1e-7
        rate = np.asarray(rates(step - 1))[:, None]
        weights = weights - rate * (decay * weights + direction)
    return weights


def test_one_rate_is_adamw():
    plain = keras.optimizers.AdamW(0.1, weight_decay=0.01, global_clipnorm=1.0)
    layered = LayerwiseAdamW(
        0.1, DEPTHS, (1.0, 1.0), weight_decay=0.01, global_clipnorm=1.0
    )
    one, _ = run(plain, gradients(3))
    other, _ = run(layered, gradients(3))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_rates_follow_the_depth():
    """A hundredth at the input, a tenth in the middle; decay alike."""
    optimizer = LayerwiseAdamW(
        0.1, DEPTHS, (0.01, 1.0), weight_decay=0.5, global_clipnorm=0.5
    )
    seen, _ = run(optimizer, gradients(4))
    want = by_hand(gradients(4), lambda _: [0.001, 0.01, 0.1], 0.5, 0.5)
    np.testing.assert_allclose(seen[-1], want, rtol=1e-4, atol=1e-5)


def test_what_is_excluded_does_not_decay():
    optimizer = LayerwiseAdamW(0.1, [None], weight_decay=0.5)
    variable = keras.Variable(VALUES[0])
    optimizer.exclude_from_weight_decay([variable])
    optimizer.apply([ops.zeros(2)], [variable])
    np.testing.assert_array_equal(value(variable), VALUES[0])


def test_the_backbone_begins_at_its_output():
    """Depth 0 at update 4, depth 0.5 at update 2, the head at once."""
    optimizer = LayerwiseAdamW(
        0.1, DEPTHS, (0.5, 0.5), unfreeze_steps=4, weight_decay=0.1,
        use_ema=True, ema_momentum=0.9,
    )  # fmt: skip
    seen, variables = run(optimizer, gradients(6))
    moved = [(row != VALUES).any(axis=1).tolist() for row in seen]
    assert moved == [
        [False, False, True],
        [False, False, True],
        [False, True, True],
        [False, True, True],
        [True, True, True],
        [True, True, True],
    ]
    # Their moments know the gradients of before.
    want = by_hand(
        gradients(6),
        lambda step: [0.05 * (step >= 4), 0.05 * (step >= 2), 0.1],
        decay=0.1,
    )
    np.testing.assert_allclose(seen[-1], want, rtol=1e-4, atol=1e-5)
    # An average begins with the first value and follows by a tenth.
    average = VALUES[0]
    for row in seen[1:]:
        average = 0.9 * average + 0.1 * row[0]
    optimizer.finalize_variable_values(variables)
    np.testing.assert_allclose(value(variables[0]), average, rtol=1e-5)


def test_steps_count_updates():
    """Two gradients make one update; the second one frees the middle."""
    optimizer = LayerwiseAdamW(
        0.1, DEPTHS, (1.0, 1.0), unfreeze_steps=2, weight_decay=0.0,
        gradient_accumulation_steps=2,
    )  # fmt: skip
    seen, _ = run(optimizer, gradients(6))
    moved = [(row != VALUES).any(axis=1).tolist() for row in seen]
    assert moved[0] == [False, False, False]
    assert moved[1] == moved[2] == [False, False, True]
    assert moved[3] == moved[4] == [False, True, True]
    assert moved[5] == [True, True, True]


def make_optimizer(use_ema=True):
    return LayerwiseAdamW(
        keras.optimizers.schedules.CosineDecay(0.1, 5 * EPOCHS),
        [0.25, None],
        (0.1, 0.5),
        unfreeze_steps=9,
        global_clipnorm=1.0,
        use_ema=use_ema,
        ema_momentum=0.5,
    )


def test_config():
    optimizer = make_optimizer()
    config = keras.saving.serialize_keras_object(optimizer)
    assert config["registered_name"] == "keras_solo>LayerwiseAdamW"
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == optimizer.get_config()
    assert again.depths == (0.25, None) and again.unfreeze_steps == 9
    assert again.backbone_rates == (0.1, 0.5)


# === In a model ===


def make_model():
    keras.utils.set_random_seed(0)
    model = Line([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(make_optimizer(), loss="mse")
    return model


def train(path, epochs):
    """What a user writes; `epochs` is where they stop for today."""
    model, rows, folder = make_model(), Numbers(), RunFolder(path)
    folder.begin(model, rows, settings={"epochs": EPOCHS})
    start = folder.completed_epochs
    callbacks = folder.callbacks()
    model.fit(rows, epochs=epochs, callbacks=callbacks, verbose=0)
    assert folder.completed_epochs - start == epochs - start > 0
    return model


def test_a_training_goes_on_bit_for_bit(tmp_path):
    """The first stop is while the kernel is still frozen."""
    whole = train(tmp_path / "whole", EPOCHS)
    for epochs in (1, EPOCHS):
        parts = train(tmp_path / "parts", epochs)
    np.testing.assert_array_equal(flat(parts), flat(whole))
    kernel = make_model().get_weights()[0]
    assert (whole.get_weights()[0] != kernel).all()


def test_a_saved_model_goes_on(tmp_path):
    model, (x, y) = make_model(), Numbers()[0]
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(tmp_path / "line.keras")
    loaded = keras.saving.load_model(tmp_path / "line.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for each in (model, loaded):
        for _ in range(9):
            each.train_on_batch(x, y)
    np.testing.assert_array_equal(flat(model), flat(loaded))


# === The door ===


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"backbone_rates": (0.0, 1.0)}, "above 0"),
        ({"unfreeze_steps": -1}, "at least 0"),
        ({"depths": [None, 1.5]}, "Received: 1.5"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        LayerwiseAdamW(**arguments)


def test_other_variables_are_refused_when_they_learn():
    """Not when it is built, as `load_model` does."""
    optimizer, variable = LayerwiseAdamW(depths=DEPTHS), keras.Variable([1.0])
    optimizer.build([variable])
    with pytest.raises(ValueError, match="3 depths, 1 variables"):
        optimizer.apply([ops.ones(1)], [variable])
