"""Reads the tensors of a PyTorch file, without PyTorch and without trust."""

from __future__ import annotations

import dataclasses
import mmap
import os
import pathlib
import struct
import zipfile
import zlib
from typing import Any

import numpy as np

from keras_solo.checkpoints.inert_pickle import Name, read_pickle

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

# What a storage's class says about its elements. NumPy has no bfloat16.
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


class TorchFileError(ValueError):
    """A file that is no PyTorch file, or is broken."""


def read_torch_file(path: str | os.PathLike) -> Any:
    """Reads what `torch.save` wrote, as plain Python objects.

    Nothing in the file is executed: of its pickle only tensors, dicts, lists,
    tuples and scalars are understood, and objects of other classes come back
    as `inert_pickle.Placeholder`s. Both formats are read, the zip archive of
    PyTorch 1.6 and later and the older one that MMDetection publishes. The
    file is mapped rather than read, so that it takes memory only where
    tensors are touched.

    Args:
        path: A `.pth` or `.pt` file.

    Returns:
        The saved object. Tensors are read-only NumPy arrays; bfloat16 becomes
        float32.

    Raises:
        TorchFileError: If the file is truncated, contradicts itself or is no
            such file; says which file, and what is wrong with it.
        OSError: If it cannot be opened.

    Example:

    >>> from keras_solo.checkpoints.torch_writer import write_torch_file
    >>> write_torch_file("m.pth", {"state_dict": {"bias": np.zeros(80)}})
    >>> read_torch_file("m.pth")["state_dict"]["bias"].shape
    (80,)
    """
    path = pathlib.Path(path)
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise TorchFileError(f"{path} is empty.")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    is_zip = mapped[:4] == b"PK\x03\x04"
    try:
        return _read_zip(mapped, path) if is_zip else _read_legacy(mapped)
    except _BROKEN as error:
        raise TorchFileError(
            f"{path} is not a file that torch.save wrote, or it is damaged: "
            f"{error}"
        ) from error


# What decoding broken bytes can raise. MemoryError is not among them: sizes
# are checked first.
_BROKEN = (
    *(ValueError, TypeError, IndexError, KeyError, OverflowError),
    *(EOFError, struct.error, zipfile.BadZipFile, NotImplementedError),
    RecursionError,
)


# === Tensors ===


@dataclasses.dataclass(eq=False)
class Storage:
    """A block of numbers, whose bytes may become known later."""

    dtype: str
    count: int
    data: memoryview | None = None

    @property
    def item_size(self) -> int:
        return 2 if self.dtype == "bfloat16" else np.dtype(self.dtype).itemsize

    def fill(self, data: memoryview) -> None:
        if len(data) != self.count * self.item_size:
            raise ValueError(
                f"a storage of {self.count} numbers has {len(data)} bytes "
                f"instead of {self.count * self.item_size}"
            )
        self.data = data

    def array(self) -> np.ndarray:
        if self.data is None:
            raise ValueError("a tensor whose storage is missing")
        if self.dtype != "bfloat16":
            return np.frombuffer(self.data, self.dtype)
        high = np.frombuffer(self.data, "<u2").astype("<u4")
        return (high << 16).view("<f4")


@dataclasses.dataclass(eq=False)
class Tensor:
    """Where in which storage a tensor's numbers are."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        values = self.storage.array()
        item = values.itemsize
        view = np.lib.stride_tricks.as_strided(
            values[self.offset :],
            self.shape,
            tuple(stride * item for stride in self.strides),
            writeable=False,
        )
        return view


def _tensor(storage, offset, shape, strides, *_) -> Tensor:
    """`torch._utils._rebuild_tensor_v2`, and checks what PyTorch trusts."""
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    if type(shape) is not tuple or type(strides) is not tuple:
        raise ValueError("a tensor whose shape is not a tuple")
    if len(shape) != len(strides) or len(shape) > 32:
        raise ValueError("a tensor whose shape and strides do not fit")
    if any(type(n) is not int or n < 0 for n in (offset, *shape, *strides)):
        raise ValueError("a tensor with an impossible shape")
    size, end = 1, offset
    for side, stride in zip(shape, strides, strict=True):
        size *= side
        end += (side - 1) * stride
    if size and (end >= storage.count or size > storage.count):
        raise ValueError(
            f"a tensor of shape {shape} reaches beyond its storage of "
            f"{storage.count} numbers"
        )
    return Tensor(storage, offset if size else 0, shape, strides)


def _parameter(tensor, *_):
    """`torch._utils._rebuild_parameter`."""
    if not isinstance(tensor, Tensor):
        raise ValueError("a parameter without a tensor")
    return tensor


def _ordered_dict(items=(), *_):
    """`collections.OrderedDict`; old pickles give it a list of pairs."""
    if not isinstance(items, list | tuple) or not all(
        isinstance(item, list | tuple) and len(item) == 2 and _is_scalar(item)
        for item in items
    ):
        raise ValueError("an ordered dict that is not made of pairs")
    return {key: value for key, value in items}


def _is_scalar(item) -> bool:
    return isinstance(item[0], str | int | float | bool | None)


MAKERS = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_parameter"): _parameter,
    Name("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    Name("collections", "OrderedDict"): _ordered_dict,
}


class _Storages:
    """The storages that a pickle speaks of, by their keys."""

    def __init__(self) -> None:
        self.by_key: dict[str, Storage] = {}

    def resolve(self, identity: Any) -> Storage:
        """The storage of a persistent id."""
        if type(identity) is not tuple or len(identity) < 5:
            raise ValueError("a persistent id that names no storage")
        kind, cls, key, _, count = identity[:5]
        if kind != "storage" or type(key) is not str or type(count) is not int:
            raise ValueError("a persistent id that names no storage")
        if len(identity) > 5 and identity[5] is not None:
            raise ValueError("a view of a storage, which no current file has")
        name = cls.name if isinstance(cls, Name) else None
        if name not in STORAGES:
            raise ValueError(f"a storage of unknown type {name!r:.80}")
        dtype = STORAGES[name]
        storage = self.by_key.setdefault(key, Storage(dtype, count))
        if (storage.dtype, storage.count) != (dtype, count) or count < 0:
            raise ValueError(f"storage {key!r:.80} contradicts itself")
        return storage


def _with_arrays(value: Any) -> Any:
    """The same object with arrays in place of tensors."""
    seen, waiting = set(), [value]
    while waiting:
        container = waiting.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        if isinstance(container, dict):
            items = list(container.items())
        elif isinstance(container, list):
            items = list(enumerate(container))
        else:
            continue
        for key, item in items:
            container[key] = _array(item)
            waiting.append(item)
    return _array(value)


def _array(item: Any) -> Any:
    if isinstance(item, Tensor):
        return item.array()
    if type(item) is tuple and any(isinstance(x, Tensor) for x in item):
        return tuple(_array(x) if isinstance(x, Tensor) else x for x in item)
    return item


# === Legacy format ===


def _read_legacy(file: mmap.mmap) -> Any:
    """Magic number, protocol, system, object, keys, then the storages."""
    if file[:1] != b"\x80" or read_pickle(file) != LEGACY_MAGIC:
        raise ValueError("it does not begin like a PyTorch file")
    if read_pickle(file) != LEGACY_PROTOCOL:
        raise ValueError("its protocol is unknown")
    system = read_pickle(file)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError("it was not written on a little-endian machine")
    storages = _Storages()
    value = read_pickle(file, storages.resolve, MAKERS)
    keys = read_pickle(file)
    if not isinstance(keys, list):
        raise ValueError("its list of storages is missing")
    view, position = memoryview(file), file.tell()
    for key in keys:
        if type(key) is not str or key not in storages.by_key:
            raise ValueError("its list of storages names an unknown one")
        storage = storages.by_key[key]
        head = view[position : position + 8]
        if len(head) < 8:
            raise ValueError("it ends before its last storage")
        (count,) = struct.unpack("<q", head)
        if count != storage.count:
            raise ValueError(
                f"storage {key} has {count} numbers instead of "
                f"{storage.count} numbers"
            )
        end = position + 8 + count * storage.item_size
        if end > len(view):
            raise ValueError(
                f"it ends after {len(view)} bytes, in the middle of storage "
                f"{key}"
            )
        storage.fill(view[position + 8 : end])
        position = end
    return _with_arrays(value)


# === Zip format ===


def _read_zip(file: mmap.mmap, path: pathlib.Path) -> Any:
    """An archive of `data.pkl` and `data/KEY`, none of it compressed."""
    with zipfile.ZipFile(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
    for name in members:
        if name.startswith(("/", "\\")) or ".." in name.split("/"):
            raise ValueError(f"its member {name!r:.80} lies outside of it")
    roots = [name[:-9] for name in members if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise ValueError(f"it has {len(roots)} members data.pkl instead of one")
    root = roots[0]

    def contents(name: str) -> memoryview:
        if name not in members:
            raise ValueError(f"its member {name!r:.80} is missing")
        return _member(memoryview(file), members[name])

    if f"{root}/byteorder" in members:
        order = bytes(contents(f"{root}/byteorder"))
        if order != b"little":
            raise ValueError("it was not written on a little-endian machine")
    storages = _Storages()
    pickle = _Reader(contents(f"{root}/data.pkl"))
    value = read_pickle(pickle, storages.resolve, MAKERS)
    for key, storage in storages.by_key.items():
        storage.fill(contents(f"{root}/data/{key}"))
    return _with_arrays(value)


def _member(view: memoryview, member: zipfile.ZipInfo) -> memoryview:
    """The bytes of a stored member, checked."""
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
        raise ValueError(f"its member {member.filename!r:.80} is compressed")
    header = view[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or bytes(header[:4]) != b"PK\x03\x04":
        raise ValueError(f"its member {member.filename!r:.80} has no header")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = member.header_offset + 30 + name_length + extra_length
    data = view[start : start + member.file_size]
    if len(data) != member.file_size:
        raise ValueError(f"its member {member.filename!r:.80} is cut off")
    if member.CRC and zlib.crc32(data) != member.CRC:
        raise ValueError(
            f"its member {member.filename!r:.80} has changed since it was "
            "written"
        )
    return data


class _Reader:
    """`read`, `readline` and `tell` over memory."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0

    def read(self, count: int) -> bytes:
        part = bytes(self.data[self.position : self.position + max(count, 0)])
        self.position += len(part)
        return part

    def readline(self) -> bytes:
        rest = bytes(self.data[self.position :])
        line = rest[: rest.find(b"\n") + 1 or len(rest)]
        self.position += len(line)
        return line

    def tell(self) -> int:
        return self.position
