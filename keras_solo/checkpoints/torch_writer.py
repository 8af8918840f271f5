"""Writes tensors so that PyTorch reads them, without PyTorch."""

from __future__ import annotations

import os
import pathlib
import struct
import zipfile
from collections.abc import Iterable

import numpy as np

STORAGE_NAMES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "int32": "IntStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}


def write_torch_file(path: str | os.PathLike[str], value: object) -> None:
    """Writes what `torch.load(path, weights_only=True)` reads.

    Args:
        path: The file appears there at once, when it is complete.
        value: Of dicts, lists, tuples, text, numbers, and NumPy arrays, which
            become tensors.

    Example:

    >>> import os, tempfile
    >>> from keras_solo.checkpoints.torch_file import read_torch_file
    >>> path = os.path.join(tempfile.mkdtemp(), "model.pth")
    >>> write_torch_file(path, {"bias": np.zeros(3, "float32")})
    >>> read_torch_file(path)["bias"].shape
    (3,)
    """
    path = pathlib.Path(path)
    pickler = _Pickler()
    pickle = b"\x80\x02" + pickler.encode(value) + b"."
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} for {path}.")
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("archive/data.pkl", pickle)
            archive.writestr("archive/byteorder", "little")
            for index, array in enumerate(pickler.arrays):
                little = array.astype(array.dtype.newbyteorder("<"), copy=False)
                archive.writestr(f"archive/data/{index}", little.tobytes())
            archive.writestr("archive/version", "3\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _Pickler:
    """Encodes values as pickle opcodes and collects the arrays."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []

    def encode(self, value: object) -> bytes:
        match value:
            case None:
                return b"N"
            case bool():
                return b"\x88" if value else b"\x89"
            case int():
                size = value.bit_length() // 8 + 1
                return (
                    b"\x8a"
                    + struct.pack("<B", size)
                    + value.to_bytes(size, "little", signed=True)
                )
            case float():
                return b"G" + struct.pack(">d", value)
            case str():
                data = value.encode()
                return b"X" + struct.pack("<I", len(data)) + data
            case tuple():
                return b"(" + self._all(value) + b"t"
            case list():
                return b"](" + self._all(value) + b"e"
            case dict():
                pairs = [part for item in value.items() for part in item]
                return ORDERED_DICT + b"(" + self._all(pairs) + b"u"
            case np.ndarray():
                return self._tensor(value)
        raise TypeError(
            "Expected dicts, lists, tuples, text, numbers and arrays. "
            f"Received: {type(value).__name__}"
        )

    def _all(self, values: Iterable[object]) -> bytes:
        return b"".join(self.encode(value) for value in values)

    def _tensor(self, array: np.ndarray) -> bytes:
        if array.dtype.name not in STORAGE_NAMES:
            raise TypeError(
                f"Expected arrays of {sorted(STORAGE_NAMES)}. "
                f"Received: {array.dtype}"
            )
        array = np.ascontiguousarray(array).reshape(array.shape)
        key = str(len(self.arrays))
        self.arrays.append(array)
        strides = tuple(step // array.itemsize for step in array.strides)
        storage = (
            *(b"(", self.encode("storage")),
            _name("torch", STORAGE_NAMES[array.dtype.name]),
            *(self.encode(key), self.encode("cpu"), self.encode(array.size)),
            b"tQ",
        )
        return b"".join(
            (
                _name("torch._utils", "_rebuild_tensor_v2"),
                b"(",
                *storage,
                self._all((0, array.shape, strides, False)),
                ORDERED_DICT,
                b"tR",
            )
        )


def _name(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


ORDERED_DICT = _name("collections", "OrderedDict") + b")R"
