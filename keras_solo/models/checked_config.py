"""What a config from a file may say, before anything is built of it.

A config names classes and sizes. Keras would import what it names, and would
make what it asks for: here it names nothing but layers, and asks for nothing
that no model has.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import keras

from keras_solo._printable import shown
from keras_solo.layers.instance_decoder import MOST as MOST_DECODED

LIBRARIES = ("keras", "keras_solo", "keras_hub", "keras_cv")
# Layers that run code of somebody else, or read files.
REFUSED = frozenset(
    (
        "FlaxLayer",
        "IntegerLookup",
        "JaxLayer",
        "Lambda",
        "StringLookup",
        "TFSMLayer",
        "TextVectorization",
        "TorchModuleWrapper",
    )
)
# Values that Keras writes like objects.
VALUES = frozenset(
    ("__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__")
)
KINDS = (
    keras.Operation,  # layers, models, and operations of functional models
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
    keras.dtype_policies.DTypePolicy,
)
NAMESPACES = (
    keras.layers,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.dtype_policies,
)
LAYERS = frozenset(("num_blocks", "num_convs", "repeats"))
# The most that something of a name may be.
WIDTHS = frozenset(
    (
        "filters",
        "kernel_filters",
        "output_filters",
        "pyramid_filters",
        "stem_filters",
        "units",
    )
)
MOST = {
    **dict.fromkeys(WIDTHS, 16_384),
    **MOST_DECODED,
    "depth_multiplier": 64,
    "grid_sizes": 1024,
    "group_width": 1024,
    "groups": 16_384,
    "image_size": 16_384,
    "kernel_size": 64,
    "num_blocks": 256,
    "num_classes": 100_000,
    "num_convs": 64,
    "num_extra_levels": 8,
    "percentiles": 100,
    "pool_size": 1024,
    "repeats": 256,
}
MOST_OF_ALL = 10**6
# Ids, seeds and sizes of objects count nothing.
COUNT_NOTHING = frozenset(
    ("category_ids", "ranges", "seed", "shared_object_id")
)
MOST_THERE = 2**64
MOST_VALUES = 500_000
DEEPEST = 100
LONGEST_TEXT = 100_000


class WrongConfig(ValueError):
    """Something in a config that no model is built of."""


class Found(NamedTuple):
    """A value of a config, and the last name on the way to it."""

    name: str
    value: object


def check_config(
    config: object, widest: int | None = None, layers: int | None = None
) -> None:
    """Looks at everything in a config.

    Allowed are layers, models, initializers and their like of Keras, KerasHub,
    KerasCV and this package, and whatever class is registered with Keras in
    this process; no functions, whatever `safe_mode` says. Numbers have bounds
    by their names.

    Args:
        config: Of a `SOLOv2`, as JSON has it.
        widest: The most channels of a layer, where the weights tell it.
        layers: The most layers, likewise.

    Raises:
        WrongConfig: Names what is wrong.

    Example:

    >>> check_config({"head": {"filters": 128}})
    >>> check_config({"head": {"filters": 10**7}})
    Traceback (most recent call last):
    ...
    keras_solo.models.checked_config.WrongConfig: filters: expected a number \
up to 16384, received 10000000
    """
    most = dict(MOST)
    for names, there in ((WIDTHS, widest), (LAYERS, layers)):
        if there is not None:
            most.update({name: min(MOST[name], there) for name in names})
    for name, value in _values(config):
        if isinstance(value, Mapping):
            if value.get("class_name") is not None:
                _check_class(value)
        elif isinstance(value, bool):
            if name in MOST:
                raise WrongConfig(
                    f"{name}: expected a number, received {value}"
                )
        elif isinstance(value, int | float):
            _check_number(name, value, most)
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise WrongConfig(f"{name}: a text of {len(value)} characters")


def _values(config: object) -> Iterator[Found]:
    """All values of a tree of dicts and lists."""
    waiting: list[tuple[str, object, int]] = [("config", config, 0)]
    count = 0
    while waiting:
        name, value, depth = waiting.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise WrongConfig(
                f"expected at most {MOST_VALUES} values, {DEEPEST} deep"
            )
        yield Found(name, value)
        if isinstance(value, Mapping):
            inside = [(str(key), one, depth + 1) for key, one in value.items()]
        elif isinstance(value, list | tuple):
            inside = [(name, one, depth + 1) for one in value]
        else:
            continue
        waiting += inside


def _check_number(name: str, value: float, bounds: Mapping[str, int]) -> None:
    most = bounds.get(name, MOST_OF_ALL)
    if name in COUNT_NOTHING:
        most = MOST_THERE
    endless = value in (math.inf, -math.inf) and name not in MOST
    if not (endless or abs(value) <= most):
        raise WrongConfig(
            f"{name}: expected a number up to {most}, received {shown(value)}"
        )


def _check_class(node: Mapping[str, object]) -> None:
    name = node["class_name"]
    if isinstance(name, str) and name in VALUES:
        return
    registered = node.get("registered_name")
    if isinstance(name, str) and name not in REFUSED:
        if isinstance(registered, str) and _is_registered(registered):
            return
        kind = _class_of(node.get("module"), name)
        if isinstance(kind, type) and issubclass(kind, KINDS):
            return
    raise WrongConfig(
        f"expected classes of Keras, KerasHub, KerasCV or keras_solo, or one "
        "that is registered with keras.saving.register_keras_serializable, "
        f"and no functions; received {shown(name)} of "
        f"{shown(node.get('module'))}"
    )


def _is_registered(name: str) -> bool:
    found = keras.saving.get_registered_object(name)
    return isinstance(found, type) and found.__name__ not in REFUSED


def _class_of(module: object, name: str) -> object:
    """What Keras would take for a class, if it is of a known library."""
    if module is None:
        found = [getattr(place, name, None) for place in NAMESPACES]
        return next((one for one in found if one is not None), None)
    if not isinstance(module, str):
        return None
    if module.partition(".")[0] not in LIBRARIES:
        return None
    try:
        return getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError):
        return None
