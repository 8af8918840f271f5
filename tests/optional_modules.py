"""Modules of the package that import what need not be installed."""

import importlib.util

NEEDS = {"keras_solo.adapters.keras_hub": "keras_hub"}


def importable(name):
    """Whether what a module needs is installed.

    Args:
        name: Of a module of the package, as `keras_solo.data.masks`.
    """
    return all(
        importlib.util.find_spec(needed) is not None
        for module, needed in NEEDS.items()
        if name == module or name.startswith(f"{module}.")
    )
