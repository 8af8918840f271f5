"""What a training depends on: it goes on with the same only."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import keras

from keras_solo.data.augment import Augmentation
from keras_solo.data.batches import Batches
from keras_solo.data.records import Records
from keras_solo.models.around_solov2 import Trained

Settings = dict[str, object]
# What recipes choose by the number of epochs.
SCHEDULED = ("learning_rate", "ema_momentum")


def settings_of(model: Trained, batches: Batches) -> Settings:
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
            **_varied(batches),
        },
        "model": {
            "class_names": model.class_names,
            "weights": model.count_params(),
            "dtype": model.dtype_policy.name,
            "around": getattr(model, "told", None),
        },
        "optimizer": {
            "class_name": optimizer["class_name"],
            **optimizer["config"],
        },
    }


def _varied(batches: Batches) -> Settings:
    """What differs from the defaults of batches that earlier runs had.

    `None` where nothing does: as in runs that do not tell.
    """
    own = batches.make_sample.augmentation
    source = batches.make_sample.copy_paste_from
    config = {} if own is None else own.get_config()
    usual = Augmentation().get_config()
    changes = {k: v for k, v in config.items() if v != usual[k]}
    return {
        "augmentation": changes or None,
        "copy-paste-from": None if source is None else fingerprint(source),
        "shard": None if batches.shard == (0, 1) else list(batches.shard),
        "aspect-groups": len(batches.sample_makers) > 1 or None,
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
        turned = " turned" if record.exif_orientation else ""
        line = f"{record.image_id} {record.file_name} {len(record.objects)}"
        digest.update(f"{line}{turned}\n".encode())
    return digest.hexdigest()[:12]


def checked_settings(settings: Settings) -> Settings:
    """Settings as JSON gives them back.

    Args:
        settings: Names to values.

    Raises:
        TypeError: If JSON cannot hold one; names it.

    Example:

    >>> checked_settings({"image_size": (64, 64)})
    {'image_size': [64, 64]}
    """
    for name, value in settings.items():
        try:
            json.dumps({name: value})
        except (TypeError, ValueError) as error:
            raise TypeError(
                "Expected settings that JSON can hold. Received: "
                f"{name}={value!r} ({error})"
            ) from error
    return dict(json.loads(json.dumps(settings)))


def epochs_before(before: Settings, now: Settings) -> int | None:
    """How many `"epochs"` there were to be, if there are more now.

    Args:
        before: As settings were.
        now: As they are.

    Example:

    >>> epochs_before({"epochs": 12}, {"epochs": 24})
    12
    """
    old, new = before.get("epochs"), now.get("epochs")
    if isinstance(old, int) and isinstance(new, int) and new > old:
        return old
    return None


def without_schedule(settings: Settings) -> Settings:
    """Settings without what follows from the number of epochs.

    Args:
        settings: Of `settings_of`, and `"epochs"`.

    Example:

    >>> without_schedule({"epochs": 12, "seed": 1})
    {'seed': 1}
    """
    rest = {name: value for name, value in settings.items() if name != "epochs"}
    optimizer = rest.get("optimizer")
    if isinstance(optimizer, dict):
        rest["optimizer"] = {
            name: value
            for name, value in optimizer.items()
            if name not in SCHEDULED
        }
    return rest


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
