"""Puts other people's tensors into the variables of a model."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import TypeVar

import keras
import numpy as np

from keras_solo._printable import did_you_mean
from keras_solo.checkpoints.mmdet import state_dict
from keras_solo.checkpoints.mmdet_architecture import (
    resnet_architecture,
    within,
)
from keras_solo.checkpoints.mmdet_config import ForeignWeightsError
from keras_solo.checkpoints.mmdet_names import Arrays, values
from keras_solo.checkpoints.torch_file import read_torch_file
from keras_solo.models.download import fetch
from keras_solo.models.file_errors import naming
from keras_solo.models.published_weights import BACKBONES, Published

# What the mask head is called, as in MMDetection.
MASK_HEAD = "mask_feature_head"
SUFFIXES = (".pth", ".pt", ".ckpt")

ModelT = TypeVar("ModelT", bound=keras.Model)


def is_torch_file(preset: str | os.PathLike[str]) -> bool:
    """Whether a preset is a PyTorch file rather than a name or a folder."""
    return pathlib.Path(preset).suffix.lower() in SUFFIXES


def assign_tensors(model: keras.Model, tensors: Arrays) -> None:
    """Gives every variable of a model the tensor that has its name.

    Args:
        model: A `SOLOv2` with a `ResNet`, or a `ResNet`.
        tensors: By MMDetection's names.

    Raises:
        ForeignWeightsError: If not every tensor is used exactly once.
    """
    weights = reference_weights(model)
    shapes = {path: variable.shape for path, variable in weights.items()}
    found = values(tensors, shapes)
    for path, variable in weights.items():
        variable.assign(found[path])


def reference_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """A model's weights by their paths, but what only our SOLOv2 may have.

    That is a semantic head, and the quality of masks.
    """
    head = getattr(model, "head", None)
    ours = (
        getattr(model, "semantic_head", None),
        getattr(head, "quality_output", None),
    )
    left_out = {id(v) for part in ours for v in getattr(part, "weights", ())}
    return {
        path: variable
        for path, variable in zip(
            reference_paths(model), model.weights, strict=True
        )
        if id(variable) not in left_out
    }


def reference_paths(model: keras.Model) -> list[str]:
    """The path of each of a model's weights, whatever its parts are called."""
    paths = {id(variable): variable.path for variable in model.weights}
    for attribute, name in (("head", "head"), ("mask_head", MASK_HEAD)):
        part = getattr(model, attribute, None)
        for variable in getattr(part, "weights", ()):
            inside = variable.path.partition("/")[2]
            paths[id(variable)] = f"{name}/{inside}"
    return [paths[id(variable)] for variable in model.weights]


def published_tensors(published: Published) -> dict[str, np.ndarray]:
    """The tensors of a file that somebody published, by its names."""
    path = fetch(published.address, published.sha256, published.most_bytes)
    return state_dict(read_torch_file(path), path)


def load_resnet(
    cls: type[ModelT],
    preset: str | os.PathLike[str],
    load_weights: bool,
    arguments: Mapping[str, object],
) -> ModelT:
    """Builds `cls` from a name or a PyTorch file, see `ResNet.from_preset`."""
    if str(preset) in BACKBONES:
        depth, published = BACKBONES[str(preset)]
        model = cls(**{"depth": depth, **arguments})
        if load_weights:
            assign_tensors(model, _backbone(published_tensors(published)))
        return model
    if not is_torch_file(preset):
        raise ValueError(
            f"Expected one of {', '.join(BACKBONES)}, or a PyTorch "
            f"file of torchvision or MMDetection. Received: {str(preset)!r}."
            f"{did_you_mean([str(preset)], BACKBONES)}"
        )
    checkpoint = read_torch_file(preset)
    tensors = _backbone(state_dict(checkpoint, preset))
    return _resnet_of(cls, preset, tensors, load_weights, arguments)


def _resnet_of(
    cls: type[ModelT],
    path: str | os.PathLike[str],
    tensors: Arrays,
    load_weights: bool,
    arguments: Mapping[str, object],
) -> ModelT:
    what, kind = "no ResNet can be built of it", ForeignWeightsError
    with naming(path, what, kind=kind):
        built_like = resnet_architecture(within(tensors, "backbone."))
    with naming(path, what, bool(arguments), kind):
        model = cls(**{**built_like, **arguments})
    if load_weights:
        with naming(path, "is of another model", kind=kind):
            assign_tensors(model, tensors)
    return model


def _backbone(tensors: Arrays) -> dict[str, np.ndarray]:
    """The tensors of the backbone alone, by MMDetection's names."""
    inside = {n: v for n, v in tensors.items() if n.startswith("backbone.")}
    return inside or {
        f"backbone.{name}": value
        for name, value in tensors.items()
        if not name.startswith("fc.")
    }
