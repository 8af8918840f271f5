"""Keeps the house: its arrows, its doors, the size of its parts.

Imports count wherever they stand, inside functions and under `TYPE_CHECKING`
too: an arrow that only a type checker follows is an arrow.
"""

import ast
import functools
import importlib
import pathlib
import re
import statistics

import pytest

from tests.check_twins import files as files_with_twins
from tests.check_twins import twin
from tests.optional_modules import NEEDS, importable

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "keras_solo"

# Which rooms a room may import from, beside itself.
LOWEST = {"_printable", "_tensor", "_whole_files"}
NETWORK = LOWEST | {"_backend", "geometry", "data", "layers", "losses"}
ARROWS = {
    "_backend": LOWEST,
    "_printable": set(),
    "_tensor": set(),
    "_whole_files": set(),
    "geometry": LOWEST,
    "losses": LOWEST | {"_backend"},
    "visualization": LOWEST | {"geometry"},
    "data": LOWEST | {"geometry", "visualization"},
    "layers": LOWEST | {"_backend", "geometry"},
    "checkpoints": LOWEST | {"geometry"},
    "models": NETWORK | {"checkpoints"},
    "inference": NETWORK | {"models", "visualization"},
    "evaluation": NETWORK | {"models", "inference", "visualization"},
    "training": NETWORK
    | {"models", "inference", "evaluation", "visualization"},
    "adapters": NETWORK | {"models"},
    "export": NETWORK | {"models"},
    "recipes": {"training"},
    "callbacks": {"training"},
    "cli": NETWORK
    | {"models", "inference", "evaluation", "training", "visualization"}
    | {"recipes", "callbacks", "export"},
}
BACKENDS = {"jax", "tensorflow", "torch"}
MOST_LINES = 350
MOST_LINES_OF_A_FUNCTION = 40
MEDIAN_LINES_OF_A_FUNCTION = 8
FILES = sorted(PACKAGE.rglob("*.py"))
INSIDE = [path for path in FILES if path != PACKAGE / "__init__.py"]
ROOMS = sorted(
    {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in INSIDE}
)
# The command line is a command, and no Python module for users.
PUBLIC = ["keras_solo"] + [
    f"keras_solo.{name}"
    for name in ROOMS
    if name != "cli" and not name.startswith("_")
]


def by_name(path):
    return str(path.relative_to(PACKAGE))


# Doors that only those find who have another package.
OPTIONAL = sorted(NEEDS)
each_file = pytest.mark.parametrize("path", INSIDE, ids=by_name)
each_door = pytest.mark.parametrize(
    "name", PUBLIC + [name for name in OPTIONAL if importable(name)]
)


@functools.cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    """Every module or name that a file imports, wherever it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


# === Arrows ===


@each_file
def test_arrows(path):
    allowed = ARROWS[room(path)] | {room(path)}
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "keras_solo":
            assert parts[1] in allowed, f"{path.name} imports {module}"


def test_every_room_has_arrows():
    assert {room(path) for path in INSIDE} == set(ARROWS)


def module_file(name):
    """The file of a module, or of the one that a name is imported from."""
    parts = name.split(".")[1:]
    for end in (len(parts), len(parts) - 1):
        path = PACKAGE.joinpath(*parts[:end])
        if path.with_suffix(".py").is_file():
            return path.with_suffix(".py")
        if (path / "__init__.py").is_file():
            return path / "__init__.py"
    raise AssertionError(f"There is no {name}.")


@functools.cache
def below(path):
    """The files that a file imports."""
    names = [n for n in imports(path) if n.split(".")[0] == "keras_solo"]
    return {module_file(name) for name in names}


@each_file
def test_no_circle(path):
    """Nobody imports, by way of others, what imports it."""
    seen, ahead = set(), list(below(path))
    while ahead:
        other = ahead.pop()
        assert other != path, f"{path} imports itself by way of others"
        if other not in seen:
            seen.add(other)
            ahead += below(other)


# === What a room may name ===


@each_file
def test_keras_only_through_its_public_door(path):
    modules = set(imports(path))
    assert not [m for m in modules if m.startswith("keras.src")]
    if room(path) not in ("_backend", "export"):
        assert not BACKENDS & {m.split(".")[0] for m in modules}


@each_file
def test_rooms_without_keras(path):
    modules = {m.split(".")[0] for m in imports(path)}
    if room(path) in ("geometry", "checkpoints", "visualization"):
        assert "keras" not in modules
    if room(path) == "data" and path.name != "batches.py":
        assert "keras" not in modules


# === Doors ===


def public_names(module):
    """The names without underscore, submodules aside."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not is_submodule(module, value)
    }


def is_submodule(module, value):
    name = getattr(value, "__spec__", None) and value.__name__
    return bool(name) and name.startswith(f"{module.__name__}.")


@each_door
def test_public_names_are_exactly_all(name):
    module = importlib.import_module(name)
    promised = set(getattr(module, "__all__", ()))
    submodules = {
        n for n in promised if is_submodule(module, getattr(module, n))
    }
    assert public_names(module) == promised - submodules
    assert module.__all__ == sorted(module.__all__)


@each_door
def test_public_names_are_documented(name):
    """In the reference, by the name that users write."""
    pages = sorted((ROOT / "docs" / "reference").glob("*.md"))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    documented = set(re.findall(r"^::: (\S+)$", text, re.M))
    module = importlib.import_module(name)
    for public in module.__all__:
        value = getattr(module, public)
        if not is_submodule(module, value):
            doors = {f"{other}.{public}" for other in PUBLIC + OPTIONAL}
            known = doors & documented
            same = [n for n in known if find(n) is value]
            assert same, f"no page documents {name}.{public}"


def test_the_reference_has_public_names_alone():
    for page in (ROOT / "docs" / "reference").glob("*.md"):
        for name in re.findall(r"^::: (\S+)$", page.read_text(), re.M):
            module, _, attribute = name.rpartition(".")
            assert module in PUBLIC + OPTIONAL, f"{page.name}: {name}"
            if not importable(module):
                continue
            assert attribute in importlib.import_module(module).__all__, name


def find(dotted):
    module, _, attribute = dotted.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


# === Sizes ===


@each_file
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def functions(path):
    """(name, lines without the docstring) of each function."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                text = node.body[0]
                lines -= text.end_lineno - text.lineno + 1
            yield node.name, lines


@each_file
def test_no_function_is_long(path):
    long = [f for f in functions(path) if f[1] > MOST_LINES_OF_A_FUNCTION]
    assert not long


def test_most_functions_are_short():
    lines = [size for path in FILES for _, size in functions(path)]
    assert statistics.median(lines) <= MEDIAN_LINES_OF_A_FUNCTION


# === Twins ===


@pytest.mark.parametrize("path", files_with_twins(), ids=by_name)
def test_every_file_has_its_twin(path):
    assert twin(path).is_file(), f"expected {twin(path).relative_to(ROOT)}"
