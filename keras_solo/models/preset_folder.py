"""Presets there and back: a folder with a config and weights."""

import functools
import importlib
import json
import pathlib
import warnings

import h5py
import keras

from keras_solo.checkpoints import read_mmdet
from keras_solo.models import presets
from keras_solo.models.foreign_weights import (
    fill,
    is_torch_file,
    published_tensors,
)
from keras_solo.models.resnet import ResNet

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"


def save(model, folder, weights_dtype=None):
    """Writes a model as a preset folder (KerasHub's file names)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    (folder / CONFIG).write_text(json.dumps(config, indent=2))
    model.save_weights(folder / WEIGHTS)
    _strip(folder / WEIGHTS, weights_dtype)
    metadata = {
        "keras_version": keras.version(),
        "parameter_count": model.count_params(),
    }
    (folder / METADATA).write_text(json.dumps(metadata, indent=2))


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
    if original.num_classes != model.num_classes:
        return False
    return (
        None in (original.class_names, model.class_names)
        or original.class_names == model.class_names
    )


def _source(cls, preset):
    """How to build a preset, and how to give a model its weights (or None)."""
    name = str(preset)
    if name in presets.ARCHITECTURES:
        return _named(cls, name)
    for prefix, download in HANDLES.items():
        if name.startswith(prefix):
            return _in_folder(cls, download(name.removeprefix(prefix)))
    if is_torch_file(name):
        return _in_torch_file(cls, name)
    return _in_folder(cls, preset)


def _load_weights(model, path):
    with warnings.catch_warnings():
        # A preset holds no optimizer, on purpose.
        warnings.filterwarnings("ignore", "Skipping variable loading for opt")
        try:
            model.load_weights(path)
        except OSError as error:
            raise ValueError(
                f"{path} is missing or damaged: {error}"
            ) from error


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
        fill_model = functools.partial(_load_weights, path=packaged)
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
        arguments = {**architecture, **_classes(overrides)}
        if isinstance(arguments["backbone"], dict):
            arguments["backbone"] = ResNet(
                **arguments["backbone"], dtype=overrides.get("dtype")
            )
        return cls(**arguments)

    return build


def _in_folder(cls, folder):
    folder = pathlib.Path(folder)
    if not (folder / CONFIG).is_file():
        raise ValueError(
            "Expected the name of a preset, a folder that save_to_preset "
            f"wrote (with {CONFIG} in it), a .pth file of MMDetection, or a "
            f"handle like hf://user/model. Received: {str(folder)!r}. "
            f"Presets: {', '.join(presets.ARCHITECTURES)}"
        )
    try:
        config = json.loads((folder / CONFIG).read_text())["config"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder / CONFIG} is damaged, or not of a SOLOv2: {error!r}"
        ) from error
    return (
        lambda overrides: _from_config(cls, config, overrides),
        functools.partial(_load_weights, path=folder / WEIGHTS),
    )


def _from_config(cls, config, overrides):
    config = {**config, **_classes(overrides)}
    if "dtype" in overrides:
        backbone = config["backbone"]
        if isinstance(backbone, dict):
            # A dtype does not reach a nested model by itself.
            backbone = {**backbone, "config": {**backbone["config"]}}
            backbone["config"]["dtype"] = overrides["dtype"]
            config["backbone"] = backbone
    return cls.from_config(config)


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


def _classes(overrides):
    """Overrides, where one of the two ways to say classes replaces both."""
    if {"num_classes", "class_names"} & set(overrides):
        return {"num_classes": None, "class_names": None, **overrides}
    return overrides


def _strip(path, dtype):
    """Rewrites a weights file without the optimizer, maybe in another dtype."""
    stripped = path.with_suffix(".stripped")
    with h5py.File(path, "r") as old, h5py.File(stripped, "w") as new:

        def copy(name, item):
            if name.split("/")[0] == "optimizer":
                return
            if isinstance(item, h5py.Dataset):
                values = item[()]
                new.create_dataset(
                    name,
                    data=values if dtype is None else values.astype(dtype),
                    # Compressed chunks cost more than small arrays hold.
                    compression="gzip" if item.size > 4096 else None,
                )
            else:
                new.require_group(name)
            new[name].attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)
    stripped.replace(path)
