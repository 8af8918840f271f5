"""What every public layer and loss must do, checked in one place.

A layer's test file calls `check_layer` (a loss's `check_loss`) beside its
table worked by hand.
"""

import inspect

import keras
import numpy as np
from keras import ops
from keras.saving import deserialize_keras_object as deserialize

POLICIES = ("mixed_bfloat16", "mixed_float16")
# Of outputs computed in half precision, relative to the largest one.
ROUNDING = {"mixed_bfloat16": 0.05, "mixed_float16": 0.01}

# Arguments that Keras takes by name and keeps as objects or their configs.
GETTERS = {
    "initializer": keras.initializers.get,
    "regularizer": keras.regularizers.get,
    "dtype": keras.dtype_policies.get,
    "schedule": lambda x: deserialize(x) if isinstance(x, dict) else x,
}


def check_layer(
    layer_class,
    arguments,
    *inputs,
    folder,
    also=(),
    sides="known",
    precise=False,
):
    """Checks a layer from its construction to its life in a saved model.

    Args:
        layer_class: A public layer.
        arguments: A non-default value for every argument of its constructor.
        *inputs: NumPy arrays, or dicts of them, to call it on.
        folder: Where a model may be saved.
        also: Further dicts of arguments, for those that exclude each other.
        sides: `"free"` for a layer that takes maps of unknown height and
            width.
        precise: Whether its floating outputs are float32 under every policy,
            and computed so.
    """
    check_config(layer_class, arguments, also, name="mine", dtype="float32")
    layer = layer_class(**arguments)
    layer(*symbolic_inputs(inputs))
    fill_weights(layer)
    outputs = called(layer, inputs)
    check_symbolic(layer, inputs, outputs)
    if sides == "free":
        check_symbolic(layer, inputs, outputs, (1, 2))
    check_saving(layer, inputs, folder)
    for policy in POLICIES:
        check_policy(layer, arguments, inputs, policy, precise)


def check_loss(loss_class, arguments, y_true, y_pred, folder):
    """Checks a loss from its construction to its life in a saved model.

    Args:
        loss_class: A public loss.
        arguments: A non-default value for every argument of its constructor.
        y_true: NumPy array.
        y_pred: NumPy array.
        folder: Where a model may be saved.
    """
    check_config(loss_class, arguments)
    loss = loss_class(**{**arguments, "dtype": "float32"})
    value = loss(y_true, y_pred)
    assert dtype_of(value) == "float32"
    assert np.isfinite(numpy(value)).all()
    double = loss_class(**{**arguments, "dtype": "float64"})
    assert double.get_config()["dtype"] == "float64"
    for policy in POLICIES:
        dtype = policy.removeprefix("mixed_")
        rounded = ops.cast(y_pred, dtype)
        exact = loss(y_true, ops.cast(rounded, "float32"))
        assert dtype_of(loss(y_true, rounded)) == "float32"
        np.testing.assert_array_equal(
            numpy(loss(y_true, rounded)), numpy(exact)
        )
    check_saved_loss(loss_class(), y_true, y_pred, folder)


# === Config ===


def check_config(cls, arguments, also=(), derived=(), **common):
    """Every argument is tried, is in the config, and comes back.

    Args:
        cls: A class that Keras can save.
        arguments: A non-default value for every argument of its constructor.
        also: Further dicts of arguments, for those that exclude each other.
        derived: Arguments that only stand for others, and are not kept.
        **common: Arguments of a base class, added to all.
    """
    cases = [arguments, *also]
    own = own_arguments(cls)
    tried = {name for case in cases for name in case} | set(derived)
    assert set(own) <= tried | set(common), f"no value for {set(own) - tried}"
    for case in cases:
        case = {**common, **case}
        for name, value in case.items():
            if name in own:
                assert plain(value) != plain(own[name]), f"{name} is a default"
        original = cls(**case)
        config = original.get_config()
        assert set(case) <= set(config)
        for name, value in case.items():
            get = GETTERS.get(name.split("_")[-1], plain)
            assert plain(get(config[name])) == plain(get(value)), name
        assert plain(cls.from_config(config).get_config()) == plain(config)
        again = deserialize(keras.saving.serialize_keras_object(original))
        assert type(again) is cls
        assert plain(again.get_config()) == plain(config)


def own_arguments(cls):
    """The arguments that a class adds, and their defaults."""
    if "__init__" not in vars(cls):
        return {}
    parameters = inspect.signature(cls.__init__).parameters.values()
    return {
        p.name: p.default
        for p in parameters
        if p.name != "self" and p.kind is p.POSITIONAL_OR_KEYWORD
    }


def plain(value):
    """A value that can be compared: tuples are lists, objects configs."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, keras.DTypePolicy):
        return value.name
    if hasattr(value, "get_config"):
        return {k: plain(v) for k, v in value.get_config().items()}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


# === Outputs ===


def check_symbolic(layer, inputs, outputs, unknown=()):
    """What Keras is told without numbers is what comes with numbers."""
    symbolic = layer(*symbolic_inputs(inputs, unknown))
    told, came = flat(symbolic), flat(outputs)
    assert set(told) == set(came)
    for name, tensor in came.items():
        assert told[name].dtype == dtype_of(tensor), name
        assert len(told[name].shape) == len(tensor.shape), name
        for axis, side in enumerate(tensor.shape):
            known = told[name].shape[axis]
            if known is None:
                assert axis == 0 or unknown, f"{name} does not know {axis}"
            else:
                assert known == side, f"{name}, axis {axis}"


def check_policy(layer, arguments, inputs, policy, precise):
    """Outputs, weights and parts have the dtypes that a policy asks for."""
    mixed = type(layer)(**arguments, dtype=policy)
    mixed(*symbolic_inputs(inputs))
    mixed.set_weights(layer.get_weights())
    dtype = policy.removeprefix("mixed_")
    assert all(weight.dtype == "float32" for weight in mixed.weights)
    assert all(part.compute_dtype == dtype for part in parts(mixed))
    if not precise:
        inputs = rounded(inputs, dtype)
    outputs = called(mixed, inputs)
    check_symbolic(mixed, inputs, outputs)
    exact = flat(called(layer, inputs))
    for name, tensor in flat(outputs).items():
        if not is_float(tensor):
            np.testing.assert_array_equal(numpy(tensor), numpy(exact[name]))
            continue
        assert dtype_of(tensor) == ("float32" if precise else dtype), name
        want = numpy(exact[name])
        error = np.abs(numpy(tensor) - want).max(initial=0.0)
        bound = 1e-6 if precise else ROUNDING[policy]
        assert error <= bound * max(np.abs(want).max(initial=0.0), 1e-3), name


# === Saving ===


def check_saving(layer, inputs, folder):
    """A small model with the layer predicts the same when loaded."""
    symbolic = symbolic_inputs(inputs)
    model = keras.Model(keras.tree.flatten(symbolic), layer(*symbolic))
    path = folder / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    arrays = keras.tree.flatten(inputs)
    want = flat(model.predict(arrays, verbose=0))
    got = flat(loaded.predict(arrays, verbose=0))
    assert set(got) == set(want)
    for name in want:
        np.testing.assert_array_equal(got[name], want[name], err_msg=name)
    direct = flat(called(layer, inputs))
    for name in want:
        np.testing.assert_allclose(
            want[name], numpy(direct[name]), rtol=1e-4, atol=1e-4
        )


def check_saved_loss(loss, y_true, y_pred, folder):
    inputs = keras.Input(y_pred.shape[1:])
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    model.compile(loss=loss)
    options = {"batch_size": len(y_pred), "verbose": 0}
    want = model.evaluate(y_pred, y_true, **options)
    path = folder / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert type(loaded.loss) is type(loss)
    assert loaded.evaluate(y_pred, y_true, **options) == want


# === Small parts ===


def called(layer, inputs):
    """What a built layer gives.

    On JAX as one program: one for each operation takes ten times as long.
    """
    if keras.backend.backend() != "jax":
        return layer(*inputs)
    import jax

    return jax.jit(lambda *arrays: layer(*arrays))(*inputs)


def fill_weights(layer):
    """Weights that differ, so that none can be mistaken for another."""
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        positive = "variance" in weight.name
        values = rng.uniform(0.1 if positive else -0.3, 0.5, weight.shape)
        weight.assign(values.astype("float32"))


def symbolic_inputs(inputs, unknown=()):
    names = iter(range(100))

    def symbolic(array):
        shape = [
            None if axis in unknown and array.ndim == 4 else side
            for axis, side in enumerate(array.shape)
        ]
        return keras.Input(
            tuple(shape[1:]), dtype=array.dtype.name, name=f"in_{next(names)}"
        )

    return keras.tree.map_structure(symbolic, inputs)


def parts(layer):
    """The layer and all layers inside."""
    return list(layer._flatten_layers())


def rounded(inputs, dtype):
    """Inputs whose numbers `dtype` can hold, in their own dtype."""
    return keras.tree.map_structure(
        lambda x: (
            numpy(ops.cast(ops.cast(x, dtype), x.dtype.name))
            if is_float(x)
            else x
        ),
        inputs,
    )


def flat(tree):
    """A dict of tensors from a tensor, or from a dict of them."""
    return dict(tree) if isinstance(tree, dict) else {"output": tree}


def numpy(tensor):
    if is_float(tensor):
        tensor = ops.cast(tensor, "float32")
    return ops.convert_to_numpy(tensor)


def is_float(tensor):
    return "float" in dtype_of(tensor)


def dtype_of(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)
