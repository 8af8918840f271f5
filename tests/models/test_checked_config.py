"""What configs may say, and 60 that say something else."""

import json
import sys

import keras
import pytest

from keras_solo import SOLOv2
from keras_solo.models.checked_config import WrongConfig, check_config


def node(class_name, module="keras.layers", registered=None, **config):
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered,
    }


@keras.saving.register_keras_serializable(package="tests")
class Registered(keras.layers.Layer):
    pass


@keras.saving.register_keras_serializable(package="tests")
def a_function(x):
    return x


@pytest.mark.parametrize("config", [{}, None, [], {"backbone": {}}, "text"])
def test_nothing(config):
    check_config(config)


@pytest.mark.parametrize(
    "allowed",
    [
        node("Conv2D"),
        node("Conv2D", module="keras.src.layers.convolutional.conv2d"),
        node("Conv2D", module=None),
        node("HeNormal", module="keras.initializers"),
        node("HeNormal", module=None),
        node("DTypePolicy", module="keras"),
        node("Functional", module="keras.src.models.functional"),
        node("Multiply", module="keras.src.ops.numpy"),
        node("SOLOv2Head", module="keras_solo.layers.solov2_head"),
        node("Registered", module="elsewhere", registered="tests>Registered"),
        node("__keras_tensor__", module=None),
    ],
)
def test_layers_are_allowed(allowed):
    check_config({"backbone": [{"config": allowed}]})


@pytest.mark.parametrize(
    "refused",
    [
        node("Lambda"),
        node("Lambda", registered="tests>Registered") | {"module": None},
        node("__lambda__", value="4wEAAAA"),
        node("__typespec__", module="os"),
        node("function", module="builtins"),
        node("function", module="builtins", registered="function"),
        node("a_function", module="x", registered="tests>a_function"),
        node("TFSMLayer", filepath="/tmp/x"),
        node("TorchModuleWrapper"),
        node("JaxLayer"),
        node("FlaxLayer"),
        node("StringLookup", vocabulary="/etc/passwd"),
        node("system", module="os"),
        node("Popen", module="subprocess"),
        node("exec", module="builtins"),
        node("load_model", module="keras.saving"),
        node("get_file", module="keras.utils"),
        node("relu", module="keras.activations"),
        node("remove_own", module="keras_solo._whole_files"),
        node("CocoDataset", module="keras_solo.data"),
        node("Conv2D", module="keras.layers\0"),
        node("Conv2D", module=""),
        node("Conv2D", module="kerasx.layers"),
        node("Conv2D", module=".keras"),
        node("Conv2D", module=7),
        node("__class__", module="keras.layers"),
        node("", module="keras.layers"),
        node(7),
        node(["Conv2D"]),
    ],
    ids=str,
)
def test_nothing_else_is(refused):
    with pytest.raises(WrongConfig, match="expected classes of Keras"):
        check_config({"backbone": refused})
    with pytest.raises(WrongConfig, match="expected classes of Keras"):
        check_config({"head": {"config": [{"kernel_initializer": refused}]}})


def test_what_is_of_no_known_library_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "hostile.py").write_text("raise SystemExit('executed')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WrongConfig, match="received 'Layer' of 'hostile'"):
        check_config({"backbone": node("Layer", module="hostile")})
    assert "hostile" not in sys.modules


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("filters", 16_384),
        ("num_blocks", 256),
        ("max_candidates", 20_000),
        ("num_classes", 100_000),
        ("image_size", 16_384),
        ("percentiles", 100),
        ("whatever", 10**6),
        ("category_ids", 2**64),
        ("ranges", 2**64),
    ],
)
def test_numbers_have_bounds(name, most):
    check_config({name: [most, -most]})
    for wrong in (most * 2, -most * 2, 10**400, float("nan")):
        with pytest.raises(WrongConfig, match=f"{name}: .* up to {most}, rec"):
            check_config({"head": {name: [1, wrong]}})


def test_endless_ranges_but_no_endless_layers():
    check_config({"ranges": [0.0, float("inf")]})
    with pytest.raises(WrongConfig, match="filters: .* received inf"):
        check_config({"filters": float("inf")})


def test_layers_beyond_the_weights():
    check_config({"num_blocks": [3, 40]}, layers=40)
    for wrong in ({"num_blocks": [3, 41]}, {"num_convs": 41}):
        with pytest.raises(WrongConfig, match="up to 40, received 41"):
            check_config(wrong, layers=40)


def test_truth_is_no_number():
    check_config({"with_cp": True, "levels": {"names": [True]}})
    for wrong in ({"groups": True}, {"head": {"grid_sizes": [4, False]}}):
        with pytest.raises(WrongConfig, match="expected a number, received"):
            check_config(wrong)


def test_channels_beyond_the_weights():
    check_config({"filters": 64, "kernel_size": 7}, widest=64)
    with pytest.raises(WrongConfig, match="up to 64, received 65"):
        check_config({"filters": 65}, widest=64)


def test_trees_have_bounds():
    deep = []
    for _ in range(200):
        deep = [deep]
    for wrong in (deep, [0] * 600_000):
        with pytest.raises(WrongConfig, match="at most 500000 values"):
            check_config({"a": wrong})
    with pytest.raises(WrongConfig, match="a text of 200000 characters"):
        check_config({"name": "x" * 200_000})


def test_models_are_checked_however_they_come(tiny_model, tmp_path):
    config = json.loads(json.dumps(tiny_model.get_config()))
    check_config(config)
    config["head"]["config"]["kernel_initializer"] = node("Lambda")
    with pytest.raises(WrongConfig, match="'Lambda'"):
        SOLOv2.from_config(config)
    config = tiny_model.get_config()
    config["decoder"]["config"]["max_candidates"] = 10**12
    with pytest.raises(WrongConfig, match="max_candidates"):
        SOLOv2.from_config(config)
    tiny_model.save(tmp_path / "model.keras")
    keras.saving.load_model(tmp_path / "model.keras")
