"""Models from presets of every kind: names, folders, files, hubs."""

import difflib
import functools
import importlib
import pathlib

from keras_solo.checkpoints import read_mmdet
from keras_solo.models import preset_folder, presets
from keras_solo.models.foreign_weights import (
    fill,
    is_torch_file,
    published_tensors,
)
from keras_solo.models.resnet import ResNet


def load(cls, preset, load_weights, overrides):
    """Builds `cls` from any kind of preset, see `from_preset`."""
    build, fill_model = _source(cls, preset)
    model = build(overrides)
    if not load_weights:
        return model
    if fill_model is None:
        raise ValueError(
            f"Nobody has published weights of {str(preset)!r}: it is an "
            "architecture alone. Pass load_weights=False."
        )
    if not {"num_classes", "class_names"} & set(overrides):
        fill_model(model)
        return model
    original = build({})
    if _same_classes(original, model):
        fill_model(model)
        return model
    fill_model(original)
    transfer(original, model)
    return model


def _same_classes(original, model):
    """Whether labels mean the same; names may come to nameless ones."""
    if original.num_classes != model.num_classes or not model.class_names:
        return False
    return original.class_names in (None, model.class_names)


def _source(cls, preset):
    """How to build a preset, and how to give a model its weights (or None)."""
    name = str(preset)
    if name in presets.ARCHITECTURES:
        return _named(cls, name)
    for prefix, download in HANDLES.items():
        if name.startswith(prefix):
            return preset_folder.read(cls, download(name.removeprefix(prefix)))
    if is_torch_file(name):
        return _in_torch_file(cls, name)
    if not pathlib.Path(preset).is_dir():
        raise ValueError(
            "Expected the name of a preset, a folder that save_to_preset "
            "wrote, a .pth file of MMDetection, or a handle like "
            f"hf://user/model. Received: {name!r}.{_similar(name)} Presets: "
            f"{', '.join(presets.ARCHITECTURES)}"
        )
    return preset_folder.read(cls, preset)


def _similar(name):
    if name in presets.BACKBONES:
        return " It is a backbone: ResNet.from_preset has it."
    if name.endswith(".keras"):
        return " Of a .keras file, keras.saving.load_model makes a model."
    names = difflib.get_close_matches(name, presets.ARCHITECTURES, 1)
    return f" Did you mean {names[0]}?" if names else ""


def transfer(source, target):
    """Copies all weights but those of the final category convolution."""
    old, new = _weights_to_keep(source), _weights_to_keep(target)
    for place, variable in enumerate(new):
        value = old[place] if len(old) == len(new) else None
        if value is None or value.shape != variable.shape:
            raise ValueError(
                "The preset's weights do not fit: "
                f"{variable.path} has shape {tuple(variable.shape)} and would "
                f"get {'nothing' if value is None else tuple(value.shape)}. "
                "Other classes, canvases, thresholds and dtypes keep the "
                "weights; another backbone or head needs load_weights=False."
            )
    for value, variable in zip(old, new, strict=True):
        variable.assign(value)


def _weights_to_keep(model):
    left_out = {id(v) for v in model.head.category_output.variables}
    return [v for v in model.weights if id(v) not in left_out]


# === Sources ===


def _named(cls, name):
    packaged = presets.packaged_weights(name)
    published = presets.PUBLISHED.get(name)
    fill_model = None
    if packaged:
        fill_model = functools.partial(
            preset_folder.load_weights, path=packaged
        )
    elif published:

        def fill_model(model):
            fill(model, published_tensors(published))

    return _builder(cls, presets.ARCHITECTURES[name]), fill_model


def _in_torch_file(cls, path):
    tensors, arguments = read_mmdet(path)
    return _builder(cls, arguments), lambda model: fill(model, tensors)


def _builder(cls, architecture):
    """A function of overrides that builds an architecture with a `ResNet`."""

    def build(overrides):
        arguments = {**architecture, **preset_folder.with_classes(overrides)}
        if isinstance(arguments["backbone"], dict):
            arguments["backbone"] = ResNet(
                **arguments["backbone"], dtype=overrides.get("dtype")
            )
        return cls(**arguments)

    return build


def _hugging_face(handle):
    hub = _optional("huggingface_hub", "hugging-face")
    return hub.snapshot_download(handle)


def _kaggle(handle):
    return _optional("kagglehub", "kaggle").model_download(handle)


HANDLES = {"hf://": _hugging_face, "kaggle://": _kaggle}


def _optional(module, extra):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"Presets of this kind need {module}: "
            f'pip install "keras-solo[{extra}]"'
        ) from error
