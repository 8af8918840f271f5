"""Preset folders: configs, metadata and weights changed."""

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
    preset = folder / "preset"
    shutil.copytree(prepare(), preset)
    rng.choice((change_config, change_bytes_of_config, change_weights))(
        preset, rng
    )
    verify = rng.random() < 0.2
    if not verify and rng.random() < 0.5:
        (preset / "metadata.json").unlink()
    elif rng.random() < 0.1:
        path = preset / "metadata.json"
        path.write_bytes(odd_values.change_bytes(path.read_bytes(), rng))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SOLOv2.from_preset(preset, verify=verify)
    except ValueError as error:
        named = str(preset) in str(error)
        assert named, f"It does not name the file: {error}"
        return str(error)
    if not np.isfinite([np.sum(w) for w in model.get_weights()]).all():
        return None  # It was warned of.
    model.segment(PHOTO)
    return None


def change_config(preset, rng):
    path = preset / "config.json"
    content = json.loads(path.read_text())
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if rng.random() < 0.3:
            scale_number(content, rng)
        else:
            odd_values.change_value(content, rng)
    path.write_bytes(odd_values.as_json(content))


def scale_number(content, rng):
    """A number, or the start of a list of them, becomes another number."""
    places = [
        path
        for path in odd_values.paths(content)
        if path and isinstance(at(content, path), int | float)
    ]
    path = rng.choice(places)
    holder = at(content, path[:-1])
    holder[path[-1]] = int(holder[path[-1]] * 10 ** rng.uniform(-1, 6))


def at(content, path):
    for key in path:
        content = content[key]
    return content


def change_bytes_of_config(preset, rng):
    path = preset / "config.json"
    path.write_bytes(odd_values.change_bytes(path.read_bytes(), rng))


def change_weights(preset, rng):
    path = preset / "model.weights.h5"
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 4, 40))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    if rng.random() < 0.1:
        del data[rng.randrange(len(data)) :]
    path.write_bytes(data)


@functools.cache
def prepare():
    """A folder that nothing is wrong with; all processes share it."""
    folder = pathlib.Path(tempfile.mkdtemp())
    make_tiny_model().save_to_preset(folder / "usual")
    return folder / "usual"
