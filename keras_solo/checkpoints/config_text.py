"""Reads a config that is Python text, as data: parsed, never executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

MAX_LENGTH = 1_000_000


def read_config(text: object) -> dict[str, object]:
    """The assignments of a config text whose values are plain data.

    Literals, `dict(key=value)`, and names that were assigned before are
    understood; everything else becomes `None`.

    Args:
        text: Python source, as MMDetection stores it in checkpoints. What is
            no text, or no Python, is an empty config.

    Returns:
        A dict of the assigned names.

    Example:

    >>> read_config("k = 80\\nmodel = dict(classes=k, size=(1, -2))")
    {'k': 80, 'model': {'classes': 80, 'size': (1, -2)}}
    """
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        return {}
    names: dict[str, object] = {}
    try:
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Assign):
                value = _value(statement.value, names)
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        names[target.id] = value
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return names


def find(config: object, key: str) -> Iterator[object]:
    """All values of a key, at any depth, breadth first."""
    # A text may say the same part many times over; once is enough.
    seen: dict[int, object] = {}
    level = {id(config): config}
    while level:
        seen.update(level)
        for part in level.values():
            if isinstance(part, dict) and key in part:
                yield part[key]
        level = {
            id(child): child
            for part in level.values()
            for child in _children(part)
            if id(child) not in seen
        }


def _children(config: object) -> Iterable[object]:
    if isinstance(config, dict):
        return config.values()
    return config if isinstance(config, list | tuple) else ()


def _value(node: ast.expr, names: dict[str, object]) -> object:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names.get(node.id)
        case ast.List():
            return [_value(item, names) for item in node.elts]
        case ast.Tuple():
            return tuple(_value(item, names) for item in node.elts)
        case ast.Dict():
            return {
                key.value: _value(value, names)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
        case ast.Call(func=ast.Name(id="dict"), args=[]):
            return {
                keyword.arg: _value(keyword.value, names)
                for keyword in node.keywords
                if keyword.arg
            }
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return -value if isinstance(value, int | float) else None
    return None
