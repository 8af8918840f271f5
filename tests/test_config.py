"""Classes beside layers and losses come back with all their arguments.

Layers and losses have their own files: `tests/layers`, `tests/losses`.
"""

import ast
import inspect
import pathlib

import keras
import pytest

from keras_solo import layers, losses, recipes
from keras_solo.models import ResNet
from tests.layer_harness import check_config

SCHEDULE = keras.optimizers.schedules.CosineDecay(0.1, 9)

# Each class with a non-default value for every argument of its own.
CASES = [
    (
        recipes.CoupledSGD,
        (),
        {"learning_rate": 0.5, "l2": 0.1, "name": "sgd"},
    ),
    (
        recipes.WarmUp,
        (),
        {"schedule": SCHEDULE, "steps": 3, "start": 0.5, "each": 2},
    ),
    (
        ResNet,
        ("depth",),
        {
            "block": "bottleneck",
            "num_blocks": (1, 1),
            "filters": (8, 16),
            "stem_filters": 8,
            "groups": 2,
            "group_width": 32,
            "norm": "group",
            "norm_frozen": True,
            "frozen_stages": 1,
            "deformable_stages": (2,),
            "name": "backbone",
            "dtype": "mixed_bfloat16",
        },
    ),
]


@pytest.mark.parametrize(
    "cls, derived, arguments", CASES, ids=[cls.__name__ for cls, *_ in CASES]
)
def test_comes_back(cls, derived, arguments):
    check_config(cls, arguments, derived=derived)


@pytest.mark.parametrize("room", [layers, losses])
def test_no_public_class_is_forgotten(room):
    """Each is handed to the harness in a test file of its room."""
    folder = pathlib.Path(__file__).parent / room.__name__.split(".")[-1]
    calls = [
        node
        for path in folder.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    doors = ("check_layer", "check_loss", "check_config")
    checked = {call.args[0].id for call in calls if call.func.id in doors}
    classes = {n for n in room.__all__ if inspect.isclass(getattr(room, n))}
    assert classes == checked
