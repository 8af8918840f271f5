"""Tensor is the only way to say "anything" in a signature."""

import ast
import pathlib
import typing

import numpy as np
import pytest

from keras_solo import _tensor

PACKAGE = pathlib.Path(_tensor.__file__).parent
FILES = [
    path
    for place in ("layers", "losses", "geometry/cells.py", "geometry/claims.py")
    for path in sorted([PACKAGE / place, *(PACKAGE / place).glob("*.py")])
    if path.suffix == ".py"
]


def loose_arguments(path):
    """Arguments and results that are `Any`, `**kwargs` aside."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            for said in [*(a.annotation for a in arguments), node.returns]:
                if said and "Any" in ast.unparse(said).split():
                    yield node.name


def test_loose_arguments_are_found(tmp_path):
    path = tmp_path / "loose.py"
    path.write_text("def f(a: Any, **kwargs: Any) -> int: ...\n")
    assert list(loose_arguments(path)) == ["f"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_other_any(path):
    assert not list(loose_arguments(path))


def test_aliases():
    def call(inputs: _tensor.Tensor) -> _tensor.Shape:
        return inputs.shape

    hints = typing.get_type_hints(call)
    assert hints["inputs"] is typing.Any
    assert hints["return"] == tuple[int | None, ...]
    assert call(np.zeros((1, 2))) == (1, 2)
