"""Tensors of a PyTorch file: storages, and views of them as arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_solo.checkpoints.inert_pickle import Name

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


def _tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, *_: object
) -> Tensor:
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


def _parameter(tensor: Any, *_: object) -> Tensor:
    """`torch._utils._rebuild_parameter`."""
    if not isinstance(tensor, Tensor):
        raise ValueError("a parameter without a tensor")
    return tensor


def _ordered_dict(items: Any = (), *_: object) -> dict[Any, Any]:
    """`collections.OrderedDict`; old pickles give it a list of pairs."""
    if not isinstance(items, list | tuple) or not all(
        isinstance(item, list | tuple) and len(item) == 2 and _is_scalar(item)
        for item in items
    ):
        raise ValueError("an ordered dict that is not made of pairs")
    return {key: value for key, value in items}


def _is_scalar(item: Any) -> bool:
    return isinstance(item[0], str | int | float | bool | None)


MAKERS: dict[Name, Callable[..., object]] = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_parameter"): _parameter,
    Name("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    Name("collections", "OrderedDict"): _ordered_dict,
}


class Storages:
    """The storages that a pickle speaks of, by their keys."""

    def __init__(self) -> None:
        self.by_key: dict[str, Storage] = {}

    def resolve(self, identity: object) -> Storage:
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


def with_arrays(value: object) -> object:
    """The same object with arrays in place of tensors."""
    seen: set[int] = set()
    waiting: list[Any] = [value]
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
