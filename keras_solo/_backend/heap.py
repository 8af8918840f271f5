"""The memory that compiling leaves behind."""

import ctypes
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import keras

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def give_back_memory() -> None:
    """Returns freed memory to the system, after something was compiled.

    Compilers of JAX and TensorFlow free what they need, a few times what the
    network does, in pieces that the C library of Linux keeps. Elsewhere, and
    on PyTorch, nothing happens.
    """
    if keras.backend.backend() == "torch":
        return
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)


def tidied(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """A function that compiles when it is first called, and then tidies up."""
    fresh = True

    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        nonlocal fresh
        results = function(*args, **kwargs)
        if fresh:
            fresh = False
            give_back_memory()
        return results

    return call
