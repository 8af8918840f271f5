"""Reads the tensors of a PyTorch file, without PyTorch and without trust."""

from __future__ import annotations

import mmap
import os
import pathlib
import struct
import zipfile
import zlib

from keras_solo.checkpoints.inert_pickle import read_pickle
from keras_solo.checkpoints.torch_tensors import MAKERS, Storages, with_arrays

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001


class TorchFileError(ValueError):
    """A file that is no PyTorch file, or is broken."""


def read_torch_file(path: str | os.PathLike[str]) -> object:
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
    >>> import numpy as np
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


# === Legacy format ===


def _read_legacy(file: mmap.mmap) -> object:
    """Magic number, protocol, system, object, keys, then the storages."""
    if file[:1] != b"\x80" or read_pickle(file) != LEGACY_MAGIC:
        raise ValueError("it does not begin like a PyTorch file")
    if read_pickle(file) != LEGACY_PROTOCOL:
        raise ValueError("its protocol is unknown")
    system = read_pickle(file)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError("it was not written on a little-endian machine")
    storages = Storages()
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
    return with_arrays(value)


# === Zip format ===


def _read_zip(file: mmap.mmap, path: pathlib.Path) -> object:
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
    storages = Storages()
    pickle = _Reader(contents(f"{root}/data.pkl"))
    value = read_pickle(pickle, storages.resolve, MAKERS)
    for key, storage in storages.by_key.items():
        storage.fill(contents(f"{root}/data/{key}"))
    return with_arrays(value)


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
