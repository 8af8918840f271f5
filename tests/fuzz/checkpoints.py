"""Checkpoints of MMDetection: values, pickles and bytes changed."""

import functools
import io
import pathlib
import pickle
import random
import re
import struct
import warnings
import zipfile

import numpy as np

from keras_solo import SOLOv2
from keras_solo.checkpoints import read_torch_file
from tests import torch_files
from tests.fuzz import odd_values
from tests.fuzz.cases import Limits
from tests.mmdet_files import META

LIMITS = Limits(seconds=5.0, megabytes=1000.0)
FIXTURE = pathlib.Path(__file__).parents[1] / "fixtures" / "mmdet_model.npz"
PHOTO = np.full((50, 70, 3), 90, np.uint8)
# Pieces of pickles: numbers, marks, tuples, calls, states, imports, memory.
OPCODES = (
    *(b"N", b"K\x07", b"M\xff\xff", b"J\xff\xff\xff\xff", b"G" + b"\x7f" * 8),
    *(b"(", b")", b"t", b"\x85", b"\x86", b"\x87", b"]", b"}", b"l", b"d"),
    *(b"R", b"b", b"Q", b"0", b"1", b"2", b".", b"s", b"u", b"a", b"e"),
    *(b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch\nFloatStorage\n"),
    *(b"ctorch._utils\n_rebuild_tensor_v2\n", b"q\x01", b"h\x01", b"h\xff"),
    *(b"X\xff\xff\xff\x7f", b"X\x01\0\0\0x", b"\x8a\xff" + b"\xff" * 255),
    *(b"\x80\x05", b"\x93", b"\x94", b"\x81", b"\x92", b"i", b"o", b"\x82a"),
)


def case(seed, folder):
    rng = random.Random(seed)
    how = rng.choice((of_values, of_shapes, of_config, of_pickle, of_bytes))
    said = open_checkpoint(how(rng.random() < 0.5, rng), folder)
    if said is None and how is of_shapes:
        check_values(folder / "theirs.pth")
    return said


def check_values(path):
    """No number comes out of a tensor that is not in its storage."""
    found = read_torch_file(path)["state_dict"]
    for name, values in prepare().items():
        there = np.isin(found[name], values).all()
        assert there, f"{name} has numbers that are not its own"


def open_file(data, folder):
    """A pickle, in a file that is whole otherwise; `Z` before it: in a zip."""
    arrays = [np.asarray(array) for array in prepare().values()]
    wrapped = of_zip if data[:1] == b"Z" else of_legacy
    return open_checkpoint(wrapped(data[1:], arrays), folder)


def examples():
    """Pickles that a search begins with."""
    value = {"meta": META, "state_dict": torch_files.tensors(prepare())}
    return [
        b"L" + torch_files.pickled(value, True),
        b"Z" + torch_files.pickled(value, False),
    ]


def open_checkpoint(data, folder):
    """Builds and uses a model of a checkpoint; what the error says."""
    path = folder / "theirs.pth"
    path.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SOLOv2.from_preset(path)
    except ValueError as error:
        assert str(path) in str(error), f"It does not name the file: {error}"
        return str(error)
    model.segment(PHOTO)
    return None


def of_values(legacy, rng):
    """Something else in place of a tensor, a name, or a value of the meta."""
    state = dict(prepare())
    meta = dict(META)
    content = {"meta": meta, "state_dict": state}
    for _ in range(rng.choice((1, 1, 3))):
        if rng.random() < 0.5:
            part = meta if rng.random() < 0.7 else state
            if part:
                odd_values.change_value(part, rng)
        else:
            change_tensor(state, rng)
    if rng.random() < 0.1:
        odd_values.change_value(content, rng)
    state = content.get("state_dict")
    meta = content.get("meta")
    return torch_files.state_file(
        state if isinstance(state, dict) else {},
        legacy,
        **(meta if isinstance(meta, dict) else {}),
    )


def change_tensor(state, rng):
    """Another shape, kind or number of axes of one tensor."""
    name = rng.choice(list(state))
    value = state[name]
    if not isinstance(value, np.ndarray):
        return
    ways = (
        lambda: value[..., :-1] if value.ndim else value,
        lambda: np.repeat(value, rng.choice((2, 40)), 0) if value.ndim else 7,
        lambda: value.reshape(-1),
        lambda: value[None],
        lambda: value.astype(rng.choice(("float64", "int64", "uint8"))),
        lambda: value * rng.choice((np.nan, np.inf, 1e30)),
        lambda: np.zeros((0,), "float32"),
    )
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state[name] = np.asarray(rng.choice(ways)())


def of_config(legacy, rng):
    """Other numbers and words in the text of MMDetection's config."""
    parts = re.split(r"([\w.]+)", META["config"])
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(parts) // 2) * 2 + 1
        parts[at] = rng.choice(
            ("0", "-1", "7", "10**9", "1000000000", "1e308", "None", "[]")
            + ("'x'", "{}", "9" * 5000, "[" * 500, "True", "0.5", "x")
        )
    meta = {**META, "config": "".join(parts)}
    return torch_files.state_file(prepare(), legacy, **meta)


def of_shapes(legacy, rng):
    """A tensor that says something else of its storage than there is."""
    state = prepare()
    tensors = torch_files.tensors(state)
    for _ in range(rng.choice((1, 1, 3))):
        tensor = rng.choice(list(tensors.values()))
        numbers = (0, 1, 7, -1, 10**5, 2**31, 2**62, 2**64, 0.5, None)
        what = rng.choice(("offset", "count", "shape", "strides"))
        if what in ("offset", "count"):
            setattr(tensor, what, rng.choice(numbers))
        else:
            sides = list(getattr(tensor, what)) or [1]
            sides[rng.randrange(len(sides))] = rng.choice(numbers)
            setattr(tensor, what, tuple(sides))
    storages = {
        str(index): np.asarray(array)
        for index, array in enumerate(state.values())
    }
    value = {"meta": META, "state_dict": tensors}
    write = torch_files.legacy_file if legacy else torch_files.zip_file
    return write(value, storages)


def of_pickle(legacy, rng):
    """A pickle with opcodes put in, in a file that is whole otherwise."""
    state = prepare()
    value = {"meta": META, "state_dict": torch_files.tensors(state)}
    data = bytearray(torch_files.pickled(value, legacy))
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data))
        if rng.random() < 0.6:
            data[at : at + rng.choice((0, 1, 4))] = rng.choice(OPCODES)
        else:
            data[:] = odd_values.change_bytes(data, rng)
    arrays = [np.asarray(array) for array in state.values()]
    return (of_legacy if legacy else of_zip)(bytes(data), arrays)


def of_legacy(data, arrays):
    storages = {str(index): array for index, array in enumerate(arrays)}
    head = (torch_files.MAGIC, 1001, torch_files.SYSTEM)
    parts = [pickle.dumps(part, protocol=2) for part in head]
    parts += [data, pickle.dumps(sorted(storages), protocol=2)]
    for _, array in sorted(storages.items()):
        parts += [struct.pack("<q", array.size), array.tobytes()]
    return b"".join(parts)


def of_zip(data, arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        for key, array in enumerate(arrays):
            archive.writestr(f"archive/data/{key}", array.tobytes())
    return file.getvalue()


def of_bytes(legacy, rng):
    data = torch_files.state_file(prepare(), legacy, **META)
    # The ends say what is where.
    start = rng.choice((0, 0, len(data) - 4000))
    part = odd_values.change_bytes(data[start : start + 4000], rng)
    return data[:start] + part + data[start + 4000 :]


@functools.cache
def prepare():
    """The weights of a small model, by MMDetection's names."""
    with np.load(FIXTURE) as file:
        return {
            key.removeprefix("weight."): file[key].astype("float32")
            for key in file
            if key.startswith("weight.")
        }
