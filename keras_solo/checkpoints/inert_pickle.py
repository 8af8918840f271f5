"""Reads a pickle as data: no class is looked up, nothing is called."""

from __future__ import annotations

import dataclasses
import pickletools
from collections.abc import Callable, Iterable
from typing import IO, Any, Protocol, cast

SCALARS = (str, bytes, int, float, bool, type(None))


@dataclasses.dataclass(frozen=True)
class Name:
    """What a pickle names where it would import a class or a function."""

    module: str
    name: str


@dataclasses.dataclass(eq=False)
class Placeholder:
    """An object that the pickle would have made by calling something.

    Args:
        made_by: What it would have called.
        arguments: With what.
        state: What it would have set it to afterwards.
        contents: What it would have appended or stored in it.
    """

    made_by: object
    arguments: object = ()
    state: object = None
    contents: list[object] = dataclasses.field(default_factory=list)


class Readable(Protocol):
    """What a pickle is read from."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self) -> bytes: ...

    def tell(self) -> int: ...


def read_pickle(
    file: Readable,
    persistent: Callable[[object], object] | None = None,
    makers: dict[Name, Callable[..., object]] | None = None,
) -> object:
    """Reads one pickle from a file, whatever it says.

    `pickle.Unpickler` with a restricted `find_class` still obeys memo indices
    and lengths that fill the memory. Here opcodes are decoded by
    `pickletools` and interpreted one by one, and what a pickle would call
    becomes a `Placeholder`.

    Args:
        file: With `read`, `readline` and `tell`, at the pickle's start; the
            file is left behind its end.
        persistent: What makes objects of persistent ids. By default they are
            an error.
        makers: Functions for the few names whose objects are wanted. They
            get the pickle's arguments, so they must check them.

    Returns:
        The pickled object, of plain Python containers and scalars, what
        `persistent` and `makers` return, and `Placeholder`s.

    Raises:
        ValueError: If it is not a valid pickle.

    Example:

    >>> import io, pickle
    >>> read_pickle(io.BytesIO(pickle.dumps({"a": (1, 2.5)}, protocol=2)))
    {'a': (1, 2.5)}
    """
    machine = _Machine(persistent, makers or {})
    for opcode, argument, _ in pickletools.genops(cast(IO[bytes], file)):
        if opcode.name in LITERALS:
            machine.stack.append(argument)
        elif opcode.name == "STOP":
            return machine.pop()
        else:
            operation = getattr(machine, f"do_{opcode.name.lower()}", None)
            if operation is None:
                raise ValueError(f"pickle opcode {opcode.name} is not allowed")
            operation(argument)
    raise ValueError("a pickle without an end")


# Opcodes whose decoded argument is the object.
LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
    *("FLOAT", "BINFLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}


class _Machine:
    """The stack machine of pickle; `do_x` is opcode X."""

    def __init__(
        self,
        persistent: Callable[[object], object] | None,
        makers: dict[Name, Callable[..., object]],
    ) -> None:
        self.persistent = persistent
        self.makers = makers
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise ValueError("a pickle that takes more than it has put")
        return self.stack.pop()

    def pop_mark(self) -> list[Any]:
        if not self.marks:
            raise ValueError("a pickle without a mark where one is needed")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def top(self) -> Any:
        self.stack.append(self.pop())
        return self.stack[-1]

    def push(self, value: Any) -> None:
        self.stack.append(value)

    # === Stack and memo ===

    def do_proto(self, version: Any) -> None:
        pass

    do_frame = do_proto

    def do_mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def do_pop(self, _: Any) -> None:
        if self.marks and len(self.stack) == self.marks[-1]:
            self.marks.pop()
        else:
            self.pop()

    def do_pop_mark(self, _: Any) -> None:
        self.pop_mark()

    def do_dup(self, _: Any) -> None:
        self.push(self.top())

    def do_put(self, index: Any) -> None:
        self.memo[index] = self.top()

    do_binput = do_long_binput = do_put

    def do_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.top()

    def do_get(self, index: Any) -> None:
        if index not in self.memo:
            raise ValueError(f"a pickle without memo {index}")
        self.push(self.memo[index])

    do_binget = do_long_binget = do_get

    # === Scalars and containers ===

    def do_none(self, _: Any) -> None:
        self.push(None)

    def do_newtrue(self, _: Any) -> None:
        self.push(True)

    def do_newfalse(self, _: Any) -> None:
        self.push(False)

    def do_empty_list(self, _: Any) -> None:
        self.push([])

    def do_list(self, _: Any) -> None:
        self.push(self.pop_mark())

    def do_append(self, _: Any) -> None:
        self._extend([self.pop()])

    def do_appends(self, _: Any) -> None:
        self._extend(self.pop_mark())

    def do_empty_tuple(self, _: Any) -> None:
        self.push(())

    def do_tuple(self, _: Any) -> None:
        self.push(tuple(self.pop_mark()))

    def do_tuple1(self, _: Any) -> None:
        self.push((self.pop(),))

    def do_tuple2(self, _: Any) -> None:
        last = self.pop()
        self.push((self.pop(), last))

    def do_tuple3(self, _: Any) -> None:
        last, middle = self.pop(), self.pop()
        self.push((self.pop(), middle, last))

    def do_empty_dict(self, _: Any) -> None:
        self.push({})

    def do_dict(self, _: Any) -> None:
        items = self.pop_mark()
        self.push({})
        self._store(items)

    def do_setitem(self, _: Any) -> None:
        value = self.pop()
        self._store([self.pop(), value])

    def do_setitems(self, _: Any) -> None:
        self._store(self.pop_mark())

    def do_empty_set(self, _: Any) -> None:
        self.push(set())

    def do_additems(self, _: Any) -> None:
        self._extend(self.pop_mark())

    def do_frozenset(self, _: Any) -> None:
        self.push(frozenset(_keys(self.pop_mark())))

    def _extend(self, items: list[Any]) -> None:
        target = self.top()
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, set):
            target.update(_keys(items))
        elif isinstance(target, Placeholder):
            target.contents.extend(items)
        else:
            raise ValueError(f"a pickle that extends a {_kind(target)}")

    def _store(self, items: list[Any]) -> None:
        if len(items) % 2:
            raise ValueError("a pickle with a key without a value")
        target = self.top()
        if isinstance(target, dict):
            target.update(zip(_keys(items[::2]), items[1::2], strict=True))
        elif isinstance(target, Placeholder):
            target.contents.extend(zip(items[::2], items[1::2], strict=True))
        else:
            raise ValueError(f"a pickle that stores into a {_kind(target)}")

    # === What would be imported and called ===

    def do_global(self, argument: Any) -> None:
        module, _, name = argument.partition(" ")
        self.push(Name(module, name))

    def do_stack_global(self, _: Any) -> None:
        name, module = self.pop(), self.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise ValueError("a pickle whose names are not text")
        self.push(Name(module, name))

    def do_reduce(self, _: Any) -> None:
        arguments, maker = self.pop(), self.pop()
        self.push(self._made(maker, arguments))

    do_newobj = do_reduce

    def do_newobj_ex(self, _: Any) -> None:
        keywords, arguments, maker = self.pop(), self.pop(), self.pop()
        self.push(Placeholder(maker, (arguments, keywords)))

    def do_inst(self, argument: Any) -> None:
        module, _, name = argument.partition(" ")
        self.push(self._made(Name(module, name), tuple(self.pop_mark())))

    def do_obj(self, _: Any) -> None:
        items = self.pop_mark()
        if not items:
            raise ValueError("a pickle that makes an object of nothing")
        self.push(self._made(items[0], tuple(items[1:])))

    def _made(self, maker: Any, arguments: Any) -> Any:
        if isinstance(maker, Name) and maker in self.makers:
            if not isinstance(arguments, tuple):
                raise ValueError("a pickle whose arguments are not a tuple")
            return self.makers[maker](*arguments)
        return Placeholder(maker, arguments)

    def do_build(self, _: Any) -> None:
        state = self.pop()
        target = self.top()
        if isinstance(target, Placeholder):
            target.state = state

    def do_persid(self, argument: Any) -> None:
        self.push(self._resolved(argument))

    def do_binpersid(self, _: Any) -> None:
        self.push(self._resolved(self.pop()))

    def _resolved(self, identity: Any) -> Any:
        if self.persistent is None:
            raise ValueError("a pickle with a persistent id")
        return self.persistent(identity)


def _keys(items: Iterable[Any]) -> list[Any]:
    """Items that may be keys: hashing anything nested could go too deep."""
    keys = list(items)
    for key in keys:
        parts = key if type(key) is tuple else (key,)
        if not all(isinstance(part, (*SCALARS, Name)) for part in parts):
            raise ValueError(f"a pickle with a {_kind(key)} as a key")
    return keys


def _kind(value: Any) -> str:
    return type(value).__name__
