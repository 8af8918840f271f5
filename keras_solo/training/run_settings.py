"""What a training depends on, in a file: to go on with the same only."""

import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import keras

from keras_solo.data.batches import Batches
from keras_solo.data.records import Records
from keras_solo.models.solov2 import SOLOv2

# The key by which the settings file says whose it is, and its format.
MARK, FORMAT = "keras-solo-training", 1
# Version 0.1.0 wrote no mark; these settings are its own.
UNMARKED = {"recipe", "mask_targets", "training-data"}

Settings = dict[str, object]


def settings_of(model: SOLOv2, batches: Batches) -> Settings:
    """What a model and its batches tell by themselves.

    Args:
        model: Compiled.
        batches: What it is trained on.

    Returns:
        Names to values, as JSON can hold them.
    """
    optimizer = _unnamed(keras.saving.serialize_keras_object(model.optimizer))
    return {
        "training-data": fingerprint(batches.dataset),
        "batches": {
            "batch_size": batches.batch_size,
            "shuffle": batches.shuffle,
            "seed": batches.seed,
        },
        "model": {
            "class_names": model.class_names,
            "weights": model.count_params(),
            "dtype": model.dtype_policy.name,
        },
        "optimizer": {
            "class_name": optimizer["class_name"],
            **optimizer["config"],
        },
    }


def _unnamed(config: Any) -> Any:
    """A config without names, which Keras counts up within a process."""
    if not isinstance(config, dict):
        return config
    return {
        key: _unnamed(value) for key, value in config.items() if key != "name"
    }


def fingerprint(dataset: Records) -> str:
    """A few digits that change with the images, objects and classes.

    Args:
        dataset: Whose records are read; no image is.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> fingerprint(ShapesDataset(2)) == fingerprint(ShapesDataset(3))
    False
    """
    names = getattr(dataset, "class_names", None)
    digest = hashlib.sha256(repr(names).encode())
    for record in dataset:
        line = f"{record.image_id} {record.file_name} {len(record.objects)}\n"
        digest.update(line.encode())
    return digest.hexdigest()[:12]


def settings_text(settings: Settings) -> str:
    """A settings file's content, with the mark that says that it is ours.

    Args:
        settings: Names to values, as JSON can hold them.

    Raises:
        TypeError: If JSON cannot hold one; names it.
    """
    for name, value in settings.items():
        try:
            json.dumps({name: value})
        except (TypeError, ValueError) as error:
            raise TypeError(
                "Expected settings that JSON can hold. Received: "
                f"{name}={value!r} ({error})"
            ) from error
    return json.dumps({MARK: FORMAT, **settings}, indent=2)


def read_settings(path: pathlib.Path) -> Settings | None:
    """What a training wrote; None where no training wrote the file."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    ours = MARK in found or found.keys() >= UNMARKED
    return found if ours else None


def differences(
    before: Mapping[str, object], now: Mapping[str, object], within: str = ""
) -> list[str]:
    """How settings differ, one phrase for each.

    Args:
        before: As they were.
        now: As they are; only what is in here is compared.
        within: Written before the names.

    Example:

    >>> differences({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}})
    ['b.c was 2, is 3']
    """
    # Through JSON, which has no tuples.
    now = json.loads(json.dumps(now))
    found = []
    for name, value in now.items():
        old = before.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            found += differences(old, value, f"{within}{name}.")
        elif old != value:
            found.append(f"{within}{name} was {old}, is {value}")
    return found
