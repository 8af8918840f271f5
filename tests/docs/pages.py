"""The Python code of pages."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(
    r"^(?P<skip>[ ]*<!-- not run: [^\n]*-->\n)?"
    r"(?P<indent>[ ]*)```python\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(path):
    """(code, whether it is to be run) of each Python block of a page."""
    text = path.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        # Lines keep their numbers, so that an error points into the page.
        before = "\n" * text[: match.start("code")].count("\n")
        indent = len(match["indent"])
        lines = [line[indent:] for line in match["code"].split("\n")]
        code = compile(before + "\n".join(lines), str(path), "exec")
        yield code, match["skip"] is None


def run(path, namespace):
    """Runs a page's blocks, one after the other, in one namespace."""
    codes = [code for code, wanted in blocks(path) if wanted]
    assert codes
    for code in codes:
        exec(code, namespace)
    return namespace
