"""Puts other people's tensors into the variables of a model."""

import pathlib

from keras_solo.checkpoints import mmdet, torch_file
from keras_solo.models import presets
from keras_solo.models.download import fetch

SUFFIXES = (".pth", ".pt", ".ckpt")


def is_torch_file(preset):
    """Whether a preset is a PyTorch file rather than a name or a folder."""
    return pathlib.Path(preset).suffix.lower() in SUFFIXES


def fill(model, tensors):
    """Gives every variable of a model the tensor that has its name.

    Args:
        model: A `SOLOv2` with a `ResNet`, or a `ResNet`.
        tensors: By MMDetection's names.

    Raises:
        ForeignWeightsError: If not every tensor is used exactly once.
    """
    shapes = {variable.path: variable.shape for variable in model.weights}
    values = mmdet.values(tensors, shapes)
    for variable in model.weights:
        variable.assign(values[variable.path])


def published_tensors(published):
    """The tensors of a file that somebody published, by its names."""
    path = fetch(published.address, published.sha256)
    return mmdet.state_dict(torch_file.read_torch_file(path), path)


def load_resnet(cls, preset, load_weights, arguments):
    """Builds `cls` from a name or a PyTorch file, see `ResNet.from_preset`."""
    if str(preset) in presets.BACKBONES:
        depth, published = presets.BACKBONES[str(preset)]
        model = cls(**{"depth": depth, **arguments})
        if load_weights:
            fill(model, _backbone(published_tensors(published)))
        return model
    if not is_torch_file(preset):
        raise ValueError(
            f"Expected one of {', '.join(presets.BACKBONES)}, or a PyTorch "
            f"file of torchvision or MMDetection. Received: {str(preset)!r}"
        )
    checkpoint = torch_file.read_torch_file(preset)
    tensors = _backbone(mmdet.state_dict(checkpoint, preset))
    built_like = mmdet.resnet_architecture(mmdet.within(tensors, "backbone."))
    model = cls(**{**built_like, **arguments})
    if load_weights:
        fill(model, tensors)
    return model


def _backbone(tensors):
    """The tensors of the backbone alone, by MMDetection's names."""
    inside = {n: v for n, v in tensors.items() if n.startswith("backbone.")}
    return inside or {
        f"backbone.{name}": value
        for name, value in tensors.items()
        if not name.startswith("fc.")
    }
