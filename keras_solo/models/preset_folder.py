"""Preset folders there and back: a config and weights."""

from __future__ import annotations

import json
import math
import os
import pathlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import h5py
import keras

from keras_solo._whole_files import reserve, whole_file, write_whole
from keras_solo.models.checked_config import WrongConfig, check_config
from keras_solo.models.file_errors import naming
from keras_solo.models.finite_weights import (
    refuse_non_finite,
    warn_of_non_finite,
)
from keras_solo.models.preset_sums import check_sum, read_sums, sum_of
from keras_solo.models.upgrade import upgraded
from keras_solo.models.weights_shapes import read_shapes

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"
FILES = (CONFIG, METADATA, WEIGHTS)
# What HDF5 takes for a variable beside its values, at most.
HEADER = 4096

ModelT = TypeVar("ModelT", bound=keras.Model)


def save(
    model: keras.Model,
    folder: str | os.PathLike[str],
    weights_dtype: str | None = None,
) -> None:
    """Writes a model as a preset folder (KerasHub's file names).

    Each file is written beside its place, so that one that is there is lost
    only when the new one is whole.
    """
    refuse_non_finite(model)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / WEIGHTS) as new:
        everything = new.with_name(".all-" + WEIGHTS)
        try:
            reserve(everything, 2 * saved_bytes(model))
            model.save_weights(everything)
            _copy_without_optimizer(everything, new, weights_dtype)
        finally:
            everything.unlink(missing_ok=True)
    describe(model, folder)


def describe(model: keras.Model, folder: pathlib.Path) -> None:
    """Writes what a preset folder has beside the weights, which are there."""
    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    write_whole(folder / CONFIG, json.dumps(config, indent=2))
    metadata = {
        "keras_version": keras.version(),
        "parameter_count": model.count_params(),
        "sha256": {name: sum_of(folder / name) for name in (CONFIG, WEIGHTS)},
    }
    write_whole(folder / METADATA, json.dumps(metadata, indent=2))


def saved_bytes(model: keras.Model) -> int:
    """The most that a model's weights file takes, its optimizer included."""
    variables = list(model.variables)
    if getattr(model, "optimizer", None) is not None:
        variables += model.optimizer.variables
    sizes = [math.prod(v.shape) * _bytes_of(v.dtype) for v in variables]
    return sum(sizes) + len(sizes) * HEADER


def _bytes_of(dtype: str) -> int:
    digits = "".join(c for c in dtype if c.isdigit())
    return int(digits) // 8 if digits else 1


def read(
    cls: type[ModelT], folder: str | os.PathLike[str], verify: bool = True
) -> tuple[Callable[[Mapping[str, object]], ModelT], Callable[[ModelT], None]]:
    """How to build what `save` wrote, and how to give it its weights.

    Args:
        cls: `SOLOv2`. What a registered subclass saved becomes its model.
        folder: The preset folder.
        verify: Whether the files must be those that were written, where
            `metadata.json` has their checksums.

    Returns:
        A function of overrides that returns a model, and a function that
        loads the weights into one.

    Raises:
        ValueError: If the folder holds no preset, or a damaged one.
    """
    folder = pathlib.Path(folder)
    path, weights = folder / CONFIG, folder / WEIGHTS
    if not path.is_file():
        raise ValueError(
            f"Expected a folder that save_to_preset wrote, with {CONFIG} in "
            f"it. Received: {str(folder)!r}"
        )
    sums = read_sums(folder / METADATA) if verify else {}
    check_sum(path, sums)
    shapes = read_shapes(weights)
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        config, kind = saved["config"], _saved_class(cls, saved)
        check_config(config, shapes.widest, shapes.arrays)
    except WrongConfig as error:
        raise ValueError(f"{path}: {error}.") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged, or not of a SOLOv2: {error!r:.200}"
        ) from error

    def build(overrides: Mapping[str, object]) -> ModelT:
        with naming(path, "no model can be built of it", bool(overrides)):
            return _from_config(kind, config, overrides)

    def load(model: ModelT) -> None:
        check_sum(weights, sums)
        load_weights(model, weights)

    return build, load


def _saved_class(
    cls: type[ModelT], saved: Mapping[str, object]
) -> type[ModelT]:
    """The subclass whose model was saved, where it is registered."""
    kind = keras.saving.get_registered_object(saved.get("registered_name"))
    return kind if isinstance(kind, type) and issubclass(kind, cls) else cls


def _from_config(
    cls: type[ModelT],
    config: Mapping[str, object],
    overrides: Mapping[str, object],
) -> ModelT:
    config = overridden(upgraded(config), overrides)
    if "dtype" in overrides:
        backbone = config.get("backbone")
        if isinstance(backbone, dict):
            # A dtype does not reach a nested model by itself.
            backbone = {**backbone, "config": {**backbone["config"]}}
            backbone["config"]["dtype"] = overrides["dtype"]
            config["backbone"] = backbone
    return cls.from_config(config)


def overridden(
    arguments: Mapping[str, object], overrides: Mapping[str, object]
) -> dict[str, object]:
    """Arguments of a preset with others in their place.

    One of the two ways to say classes replaces both, and other classes drop
    the category ids.
    """
    merged = {**arguments, **overrides}
    if not {"num_classes", "class_names"} & set(overrides):
        return merged
    for name in ("num_classes", "class_names"):
        merged[name] = overrides.get(name)
    old, new = arguments.get("class_names"), merged["class_names"]
    if not _same_names(old, new):
        merged["category_ids"] = overrides.get("category_ids")
    return merged


def _same_names(old: object, new: object) -> bool:
    if not (isinstance(old, Iterable) and isinstance(new, Iterable)):
        return False
    return tuple(old) == tuple(new)


def load_weights(model: keras.Model, path: pathlib.Path) -> None:
    """Loads weights that were saved without an optimizer."""
    with warnings.catch_warnings():
        # A preset holds no optimizer, on purpose.
        warnings.filterwarnings("ignore", "Skipping variable loading for opt")
        with naming(path, "is missing, damaged, or of another model"):
            model.load_weights(path)
    warn_of_non_finite(model, path)


def _copy_without_optimizer(
    path: pathlib.Path, new: pathlib.Path, dtype: str | None
) -> None:
    """Copies a weights file without the optimizer, maybe in another dtype."""
    with h5py.File(path, "r") as source, h5py.File(new, "w") as target:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if name.split("/")[0] == "optimizer":
                return
            if isinstance(item, h5py.Dataset):
                values = item[()]
                target.create_dataset(
                    name,
                    data=values if dtype is None else values.astype(dtype),
                    # Compressed chunks cost more than small arrays hold.
                    compression="gzip" if item.size > 4096 else None,
                )
            else:
                target.require_group(name)
            target[name].attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
