"""Weights that come with the package."""

from __future__ import annotations

import pathlib

PACKAGED = pathlib.Path(__file__).parent / "packaged"


def packaged_weights(name: str) -> pathlib.Path | None:
    """The weights file of a preset in the package, or None."""
    path = PACKAGED / f"{name}.weights.h5"
    return path if path.is_file() else None
