"""Makes a page and a notebook of each tutorial.

    python examples/make_tutorials.py [NAME ...]

A tutorial is a script in the percent format, `examples/tutorials/NAME.py`,
with cells of text and of code. Its page and its notebook in `docs/tutorials/`
have the same cells, one after the other; a notebook that Colab opens installs
the package first. Scripts that are named are run, too,
and the pictures that they write and their pages show go to `docs/images/`.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[1]
SCRIPTS = ROOT / "examples" / "tutorials"
PAGES = ROOT / "docs" / "tutorials"
IMAGES = ROOT / "docs" / "images"
MARK = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)
BADGE = re.compile(r"colab-badge\.svg\)\]\(\S+/github/(?P<place>[^/]+/[^/]+)/")
EXTRAS = re.compile(r"keras-solo\[([\w,-]+)\]")
HEAD = (
    "This page is also [a notebook]({name}.ipynb), and the script\n"
    "`examples/tutorials/{script}`."
)


class Cell(NamedTuple):
    """Text in Markdown, or code."""

    kind: str
    content: str


def tutorials():
    """The scripts, by name."""
    return sorted(SCRIPTS.glob("*.py"))


def target(script, suffix):
    """Where the page or the notebook of a script is."""
    return PAGES / f"{script.stem.replace('_', '-')}{suffix}"


def cells(script):
    """The cells of a script, whose first one has the title."""
    before, *parts = MARK.split(script.read_text(encoding="utf-8"))
    found = [
        Cell("markdown", re.sub(r"^# ?", "", content.strip("\n"), flags=re.M))
        if kind
        else Cell("code", content.strip("\n"))
        for kind, content in zip(parts[::2], parts[1::2], strict=True)
    ]
    titled = found and found[0].kind == "markdown"
    if before or not titled or not found[0].content.startswith("# "):
        raise ValueError(f"Expected a first cell with a title: {script}")
    return found


def page(script):
    """The page of a script: code in fences, and a link to the notebook."""
    name = target(script, ".ipynb").stem
    first, *rest = cells(script)
    title, _, text = first.content.partition("\n")
    parts = [title, HEAD.format(name=name, script=script.name)]
    parts += [text.strip("\n")] if text else []
    for kind, content in rest:
        code = kind == "code"
        parts.append(f"```python\n{content}\n```" if code else content)
    return "\n\n".join(parts) + "\n"


def notebook(script):
    """The notebook of a script, without outputs, as JSON of nbformat 4.5."""
    name = target(script, ".ipynb").stem
    content = {
        "cells": [
            _notebook_cell(cell, f"{name}-{number}")
            for number, cell in enumerate(notebook_cells(script))
        ],
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def notebook_cells(script):
    """The cells of a script; in Colab one that installs comes second."""
    first, *rest = cells(script)
    badge = BADGE.search(first.content)
    if badge is None:
        return [first, *rest]
    named = EXTRAS.findall("\n".join(cell.content for cell in [first, *rest]))
    extras = ",".join(sorted({"plot", *",".join(named).split(",")} - {""}))
    place = f"git+https://github.com/{badge['place']}"
    install = f'%pip install -q "keras-solo[{extras}] @ {place}"'
    return [first, Cell("code", install), *rest]


def _notebook_cell(cell, name):
    made = {
        "cell_type": cell.kind,
        "id": name,
        "metadata": {},
        "source": cell.content.splitlines(keepends=True),
    }
    if cell.kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


MADE = {".md": page, ".ipynb": notebook}


def run(script, folder, **environment):
    """Runs a script in a folder, which gets its files; what it printed."""
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{script.name}:\n{done.stderr}")
    return done.stdout


def draw(script):
    """Runs a script and takes the pictures that its page shows."""
    with tempfile.TemporaryDirectory() as folder:
        print(run(script, folder))
        for name in re.findall(r"\(\.\./images/(\S+)\)", page(script)):
            for written in pathlib.Path(folder).rglob(name):
                shutil.copy(written, IMAGES / name)


def main(names):
    for name in names:
        draw(SCRIPTS / f"{name}.py")
    for script in tutorials():
        for suffix, made in MADE.items():
            target(script, suffix).write_text(made(script), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
