"""Writes PyTorch files by hand, good ones and hostile ones."""

import io
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {
    "protocol_version": 1001,
    "little_endian": True,
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}
STORAGES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}


class Rebuilt:
    """Pickles as the call that PyTorch writes for a tensor."""

    def __init__(self, array, key, count=None, shape=None, strides=None):
        self.array, self.key = array, key
        self.count = array.size if count is None else count
        self.shape = array.shape if shape is None else shape
        item = array.itemsize
        self.strides = strides or tuple(s // item for s in array.strides)
        self.offset = 0

    def __reduce__(self):
        storage = Storage(STORAGES[self.array.dtype.name], self.key, self.count)
        arguments = (
            *(storage, self.offset, self.shape, self.strides),
            *(False, {}),
        )
        return _function("torch._utils", "_rebuild_tensor_v2"), arguments


class Storage:
    def __init__(self, kind, key, count):
        self.identity = (
            *("storage", _function("torch", kind), key),
            *("cpu", count),
        )


class Pickler(pickle._Pickler):
    """Writes references to functions that exist nowhere."""

    def __init__(self, file, legacy):
        super().__init__(file, protocol=2)
        self.legacy = legacy

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        return (*value.identity, None) if self.legacy else value.identity

    def save_global(self, value, name=None):
        if value.__module__.startswith("fake "):
            module = value.__module__.removeprefix("fake ")
            self.write(f"c{module}\n{value.__name__}\n".encode())
            self.memoize(value)
        else:
            super().save_global(value, name)

    dispatch = {
        **pickle._Pickler.dispatch,
        types.FunctionType: save_global,
    }


_functions = {}


def _function(module, name):
    def function():
        raise AssertionError("executed")

    function.__module__, function.__name__ = f"fake {module}", name
    return _functions.setdefault((module, name), function)


def pickled(value, legacy):
    file = io.BytesIO()
    Pickler(file, legacy).dump(value)
    return file.getvalue()


def tensors(values):
    """Arrays as tensors, each with a storage of its own."""
    return {
        name: Rebuilt(value, str(index)) if _is_array(value) else value
        for index, (name, value) in enumerate(values.items())
    }


def _is_array(value):
    return isinstance(value, np.ndarray)


def legacy_file(value, storages):
    """What `torch.save` wrote before version 1.6."""
    parts = [pickle.dumps(part, protocol=2) for part in (MAGIC, 1001, SYSTEM)]
    parts += [pickled(value, True)]
    parts += [pickle.dumps(sorted(storages), protocol=2)]
    for _, array in sorted(storages.items()):
        parts += [struct.pack("<q", array.size), array.tobytes()]
    return b"".join(parts)


def zip_file(value, storages, compression=zipfile.ZIP_STORED, extra=()):
    """What `torch.save` has written since."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled(value, False))
        archive.writestr("archive/byteorder", "little")
        for key, array in storages.items():
            archive.writestr(f"archive/data/{key}", array.tobytes())
        archive.writestr("archive/version", "3\n")
        for name, data in extra:
            archive.writestr(name, data)
    return file.getvalue()


def state_file(values, legacy, **metadata):
    """A checkpoint with a state_dict of arrays."""
    storages = {str(i): np.asarray(v) for i, v in enumerate(values.values())}
    value = {"meta": metadata, "state_dict": tensors(values)}
    return (legacy_file if legacy else zip_file)(value, storages)


assert sys.byteorder == "little"
