"""The memory that compiling and copying leave behind."""

import ctypes
import functools
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

import keras

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def give_back_memory() -> None:
    """Returns freed memory to the system.

    Compilers of JAX and TensorFlow free what they need, a few times what the
    network does, in pieces that the C library of Linux keeps; so it does with
    what an epoch's evaluation took. Elsewhere, and on PyTorch, nothing happens.
    """
    if keras.backend.backend() == "torch":
        return
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)


class Tidied(Generic[Arguments, Result]):
    """A function that compiles when it is first called, and then tidies up.

    Args:
        function: What compiles.
    """

    def __init__(self, function: Callable[Arguments, Result]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.fresh = True

    def __call__(
        self, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        results = self.function(*args, **kwargs)
        if self.fresh:
            self.fresh = False
            give_back_memory()
        return results


def tidied(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """The function as a `Tidied`, which it may be already."""
    return function if isinstance(function, Tidied) else Tidied(function)
