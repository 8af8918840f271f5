"""Makes the list of all public names, the start of the reference.

    python examples/make_reference_index.py

Each name comes with what its docstring says first, and with the tutorials
whose code uses it.
"""

import ast
import importlib
import pathlib
import re

import keras_solo  # isort: skip (before keras: it chooses a backend)

ROOT = pathlib.Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
TUTORIALS = ROOT / "examples" / "tutorials"
# Where a reader looks first comes first.
PAGES = (
    "models data training recipes callbacks inference evaluation "
    "visualization export layers losses geometry checkpoints adapters"
).split()
ENTRY = re.compile(r"^::: (\S+)$", re.MULTILINE)
HEADER = "| name | what it is | tutorials |\n|---|---|---|"
FIRST = """# Reference

Every public class and function, with what it is for and the tutorials that use
it. Examples in these pages run as tests. (In a clone they are lists of names: a
browser shows the rest after `pip install -e ".[docs]" && mkdocs serve`, and
`help(keras_solo.CocoDataset)` does so everywhere.)

The names that most people need are also in the package itself:
`keras_solo.SOLOv2`, `ResNet`, `EfficientNetLite`, `CocoDataset`, `Instances`,
`Letterbox`, `Intensity`, `Levels`.

Shapes in these pages use B for images, H × W for the canvas, h × w for the mask
grid (a quarter of it), N for object slots, G for cells, C for classes, E for
kernel channels and K for detections.
"""


def index():
    """The text of the page."""
    users = tutorials_by_object()
    return "\n".join([FIRST, *(section(page, users) for page in PAGES)])


def section(page, users):
    """A heading, and a row for each name of a page of the reference."""
    text = (REFERENCE / f"{page}.md").read_text("utf-8")
    rows = [row(page, name, users) for name in ENTRY.findall(text)]
    return "\n".join([f"## [{page}]({page}.md)\n", HEADER, *rows]) + "\n"


def row(page, name, users):
    try:
        value = found(name)
        what = summary(value)
    except ImportError:  # its module needs a package that is not installed
        value, what = None, first_sentence(docstring_in_source(name))
    links = ", ".join(
        f"[{title}](../tutorials/{file}.md)"
        for file, title in users.get(id(value), ())
    )
    short = name.rpartition(".")[2]
    return f"| [`{short}`]({page}.md#{name}) | {what} | {links} |"


def found(name):
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def summary(value):
    """What a docstring says first; of a constant, its value."""
    if not callable(value):
        return f"`{value!r}`"
    return first_sentence(value.__doc__)


def first_sentence(docstring):
    first = docstring.strip().partition("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")


def docstring_in_source(name):
    """Of a class or a function that some file of a folder defines."""
    *folder, attribute = name.split(".")
    for path in sorted(ROOT.joinpath(*folder).glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if getattr(node, "name", None) == attribute:
                return ast.get_docstring(node)
    raise ValueError(f"No file defines {name}.")


# === What tutorials use ===


def tutorials_by_object():
    """(file, title) of each tutorial that uses an object, by its id."""
    users = {}
    for path in sorted(TUTORIALS.glob("*.py")):
        script = path.read_text("utf-8")
        title = re.search(r"^# # (.+)$", script, re.MULTILINE)[1]
        for value in used(ast.parse(script)):
            place = (path.stem.replace("_", "-"), title)
            users.setdefault(id(value), []).append(place)
    return users


def used(tree):
    """The objects of the package that code names, each once."""
    known = {"keras_solo": keras_solo}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and is_ours(node.module):
            module = importlib.import_module(node.module)
            for alias in node.names:
                value = getattr(module, alias.name)
                known[alias.asname or alias.name] = value
    values = {}
    for node in ast.walk(tree):
        value = evaluated(node, known)
        values[id(value)] = value
    return [value for value in values.values() if value is not None]


def is_ours(module):
    return module is not None and module.split(".")[0] == "keras_solo"


def evaluated(node, known):
    """What a name, or a name with attributes, is, if it is ours."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = evaluated(node.value, known)
        return None if owner is None else getattr(owner, node.attr, None)
    return None


def main():
    (REFERENCE / "index.md").write_text(index(), "utf-8")


if __name__ == "__main__":
    main()
