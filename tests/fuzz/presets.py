"""Preset folders: configs and metadata changed."""

import functools
import json
import pathlib
import random
import shutil
import tempfile
import warnings

import numpy as np

from keras_solo import SOLOv2
from tests.conftest import make_tiny_model
from tests.fuzz import odd_values
from tests.fuzz.cases import Limits

LIMITS = Limits(seconds=5.0, megabytes=1000.0)
PHOTO = np.full((50, 70, 3), 90, np.uint8)


def case(seed, folder):
    rng = random.Random(seed)
    preset = copied(folder)
    metadata = preset / "metadata.json"
    if rng.random() < 0.1:
        metadata.write_bytes(
            odd_values.change_bytes(metadata.read_bytes(), rng)
        )
        return open_preset(preset)
    how = rng.choice((change_config, change_bytes_of_config))
    how(preset / "config.json", rng)
    if rng.random() < 0.3:
        metadata.unlink()
        return open_preset(preset)
    return open_preset(preset, verify=False)


def open_file(data, folder):
    """Builds and uses a model of a config; what the error says."""
    preset = copied(folder)
    (preset / "config.json").write_bytes(data)
    return open_preset(preset, verify=False)


def examples():
    """Files that a search begins with."""
    return [(prepare() / "config.json").read_bytes()]


def open_preset(preset, **options):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SOLOv2.from_preset(preset, **options)
    except ValueError as error:
        named = str(preset) in str(error)
        assert named, f"It does not name the file: {error}"
        return str(error)
    if not np.isfinite([np.sum(w) for w in model.get_weights()]).all():
        return None  # It was warned of.
    model.segment(PHOTO)
    return None


def change_config(path, rng):
    content = json.loads(path.read_text())
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if rng.random() < 0.3:
            odd_values.scale_number(content, rng)
        else:
            odd_values.change_value(content, rng)
    path.write_bytes(odd_values.as_json(content))


def change_bytes_of_config(path, rng):
    path.write_bytes(odd_values.change_bytes(path.read_bytes(), rng))


def copied(folder):
    """A preset that nothing is wrong with."""
    return shutil.copytree(prepare(), folder / "preset")


@functools.cache
def prepare():
    """The folder that all processes copy."""
    folder = pathlib.Path(tempfile.mkdtemp())
    make_tiny_model().save_to_preset(folder / "usual")
    return folder / "usual"
