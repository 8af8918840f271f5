"""Keeps the arrows between the rooms of the house."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "keras_solo"

# Which rooms a room may import from, beside itself.
ARROWS = {
    "_backend": set(),
    "_tensor": set(),
    "geometry": set(),
    "losses": set(),
    "visualization": set(),
    "recipes": {"training"},
    "data": {"geometry", "visualization"},
    "layers": {"geometry"},
    "checkpoints": {"geometry"},
    "models": {"geometry", "data", "layers", "losses", "checkpoints"},
    "evaluation": {"geometry", "data", "models"},
    "training": {
        "_tensor",
        "geometry",
        "data",
        "models",
        "evaluation",
        "visualization",
    },
    "callbacks": {"training"},
    "cli": {
        "geometry",
        "data",
        "models",
        "evaluation",
        "training",
        "callbacks",
        "recipes",
        "visualization",
    },
}
BACKENDS = {"jax", "tensorflow", "torch"}
FILES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] != "__init__.py"
)


def imports(path):
    """Every module that a file imports, at the top or inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.name))
def test_arrows(path):
    allowed = ARROWS[room(path)] | {room(path), "_tensor"}
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "keras_solo" and len(parts) > 1:
            assert parts[1] in allowed, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.name))
def test_keras_only_through_its_public_door(path):
    modules = set(imports(path))
    assert not [m for m in modules if m.startswith("keras.src")]
    if path.name != "_backend.py":
        assert not BACKENDS & {m.split(".")[0] for m in modules}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.name))
def test_rooms_without_keras(path):
    modules = {m.split(".")[0] for m in imports(path)}
    if room(path) in ("geometry", "checkpoints"):
        assert "keras" not in modules
    if room(path) == "data" and path.name != "batches.py":
        assert "keras" not in modules


def test_every_room_has_arrows():
    assert {room(path) for path in FILES} <= set(ARROWS)
