"""`Tensor` is the one place where a public type may be anything."""

import ast
import pathlib
import typing

import pytest

from keras_solo import _tensor

PACKAGE = pathlib.Path(__file__).parents[1] / "keras_solo"
FILES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "_tensor.py"})


def test_aliases():
    assert _tensor.Tensor is typing.Any
    assert _tensor.Shape == tuple[int | None, ...]


def test_what_is_anything_is_found():
    code = "def f(a: list[Any], *, b: int = 0, **more: Any) -> None: ..."
    (function,) = public_functions(ast.parse(code))
    found = ["Any" in names(annotation) for annotation in annotations(function)]
    assert found == [True, False, False]


def public_functions(tree):
    """Functions and methods that others may call, constructors too."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)
        elif isinstance(node, ast.FunctionDef):
            name = node.name
            if not name.startswith("_") or name.startswith("__"):
                yield node


def annotations(function):
    """All but that of `**kwargs`."""
    given = function.args
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        yield argument.annotation
    if given.vararg:
        yield given.vararg.annotation
    yield function.returns


def names(annotation):
    if isinstance(annotation, ast.Constant):
        annotation = ast.parse(str(annotation.value))
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_nothing_else_public_is_any(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    anything = [
        f"{function.name}, line {function.lineno}"
        for function in public_functions(tree)
        for annotation in annotations(function)
        if "Any" in names(annotation)
    ]
    assert not anything
