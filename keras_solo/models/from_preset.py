"""Models from presets of every kind: names, folders, files, hubs."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeVar

import keras

from keras_solo._printable import did_you_mean
from keras_solo.checkpoints import ForeignWeightsError, read_mmdet
from keras_solo.models import preset_folder
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.checked_config import check_config
from keras_solo.models.coco_classes import coco_category_ids
from keras_solo.models.efficientnet_lite import EfficientNetLite
from keras_solo.models.file_errors import naming
from keras_solo.models.foreign_weights import (
    assign_tensors,
    is_torch_file,
    published_tensors,
)
from keras_solo.models.hubs import download_preset, is_on_a_hub
from keras_solo.models.installed_weights import VARIANTS
from keras_solo.models.packaged_weights import packaged_weights
from keras_solo.models.preset_pointer import followed
from keras_solo.models.published_weights import BACKBONES, PUBLISHED
from keras_solo.models.resnet import ResNet
from keras_solo.models.transfer import parts_fit, transfer

Overrides: TypeAlias = Mapping[str, object]
ModelT = TypeVar("ModelT", bound=keras.Model)
# A function of overrides that builds a preset, and one that gives a model its
# weights, if there are any.
Source: TypeAlias = tuple[
    Callable[[Overrides], ModelT], Callable[[ModelT], None] | None
]
# Overrides that make layers which the weights may not be of.
_START_ANEW = {"num_classes", "class_names", "head", "semantic_head"}


def load(
    cls: type[ModelT],
    preset: str | os.PathLike[str],
    load_weights: bool,
    overrides: Overrides,
    verify: bool = True,
) -> ModelT:
    """Builds `cls` from any kind of preset, see `from_preset`."""
    overrides = _checked(cls, overrides)
    build, fill_model = _source(cls, preset, verify)
    model = build(overrides)
    if not load_weights:
        return model
    if fill_model is None:
        raise ValueError(
            f"Nobody has published weights of {str(preset)!r}: it is an "
            "architecture alone. Pass load_weights=False."
        )
    # A network that was wired elsewhere has no layers that start anew.
    if not _START_ANEW & set(overrides) or not hasattr(model, "head"):
        fill_model(model)
        return model
    original = build({})
    other_classes = _other_classes(original, model, overrides)
    if other_classes or not parts_fit(original, model):
        fill_model(original)
        transfer(original, model, other_classes)
    else:
        fill_model(model)
    return model


def _checked(cls: type[keras.Model], overrides: Overrides) -> Overrides:
    """Overrides that the constructor knows; iterators may be read twice."""
    known = inspect.signature(cls).parameters.values()
    if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in known):
        unknown = set(overrides) - {parameter.name for parameter in known}
        if unknown:
            raise TypeError(
                f"Expected arguments of {cls.__name__}. "
                f"Received: {', '.join(sorted(unknown))}"
            )
    return {
        name: tuple(value) if isinstance(value, Iterator) else value
        for name, value in overrides.items()
    }


def _other_classes(
    original: keras.Model, model: keras.Model, overrides: Overrides
) -> bool:
    """Whether labels mean something else; names may come to nameless ones."""
    if not {"num_classes", "class_names"} & set(overrides):
        return False
    if original.num_classes != model.num_classes or not model.class_names:
        return True
    return original.class_names not in (None, model.class_names)


def _source(
    cls: type[ModelT], preset: str | os.PathLike[str], verify: bool
) -> Source[ModelT]:
    """How to build a preset, and how to give a model its weights (or None)."""
    name = str(preset)
    if name in ARCHITECTURES:
        return _named(cls, name)
    if is_on_a_hub(name):
        return preset_folder.read(cls, download_preset(name), verify)
    if is_torch_file(name):
        return _in_torch_file(cls, name)
    folder = followed(preset)
    if not folder.is_dir():
        raise ValueError(
            "Expected the name of a preset, a folder that save_to_preset "
            "wrote, a .pth file of MMDetection, or a handle like "
            f"hf://user/model. Received: {name!r}.{_similar(name)} Presets: "
            f"{', '.join(ARCHITECTURES)}"
        )
    return preset_folder.read(cls, folder, verify)


def _similar(name: str) -> str:
    if name in BACKBONES:
        return " It is a backbone: ResNet.from_preset has it."
    if name in VARIANTS:
        return " It is a backbone: EfficientNetLite.from_preset has it."
    if name.endswith(".keras"):
        return " Of a .keras file, keras.saving.load_model makes a model."
    return did_you_mean([name], [*ARCHITECTURES, *BACKBONES, *VARIANTS])


# === Sources ===


def _named(cls: type[ModelT], name: str) -> Source[ModelT]:
    build = _builder(cls, ARCHITECTURES[name])
    packaged, published = packaged_weights(name), PUBLISHED.get(name)
    if packaged:
        load = functools.partial(preset_folder.load_weights, path=packaged)
        return build, load
    if published:
        return build, lambda model: assign_tensors(
            model, published_tensors(published)
        )
    return build, None


def _in_torch_file(cls: type[ModelT], path: str) -> Source[ModelT]:
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {os.path.abspath(path)}.")
    tensors, arguments = read_mmdet(path)
    names = arguments["class_names"]
    if arguments["category_ids"] is None and isinstance(names, tuple):
        arguments["category_ids"] = coco_category_ids(names)
    what = "no model can be built of it"

    def build(overrides: Overrides) -> ModelT:
        with naming(path, what, kind=ForeignWeightsError):
            check_config(_plain(arguments))
        with naming(path, what, bool(overrides), ForeignWeightsError):
            return _builder(cls, arguments)(overrides)

    def fill(model: ModelT) -> None:
        with naming(path, "is of another model", kind=ForeignWeightsError):
            assign_tensors(model, tensors)

    return build, fill


def _plain(arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments as a config has them."""
    return {
        name: value.get_config() if hasattr(value, "get_config") else value
        for name, value in arguments.items()
    }


def _builder(
    cls: type[ModelT], architecture: Mapping[str, object]
) -> Callable[[Overrides], ModelT]:
    """A function of overrides that builds an architecture."""

    def build(overrides: Overrides) -> ModelT:
        arguments = preset_folder.overridden(architecture, overrides)
        backbone = arguments["backbone"]
        if isinstance(backbone, dict):
            kind = EfficientNetLite if "variant" in backbone else ResNet
            arguments["backbone"] = kind(
                **backbone, dtype=overrides.get("dtype")
            )
        return cls(**arguments)

    return build
