"""Makes pages of the scripts that are tutorials.

    python examples/make_tutorials.py

A script in the percent format has cells of text and of code; its page in
`docs/tutorials/` has the same, one after the other.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]
TUTORIALS = ("own_data",)
CELL = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


def page(script):
    """The text of a page: cells of text as it is, cells of code in fences."""
    _, *cells = CELL.split(script)
    parts = []
    for kind, content in zip(cells[::2], cells[1::2], strict=True):
        content = content.strip("\n")
        if kind:
            parts.append(re.sub(r"^# ?", "", content, flags=re.MULTILINE))
        else:
            parts.append(f"```python\n{content}\n```")
    return "\n\n".join(parts) + "\n"


def place(name):
    """Where the page of a script is."""
    return ROOT / "docs" / "tutorials" / f"{name.replace('_', '-')}.md"


def main():
    for name in TUTORIALS:
        script = ROOT / "examples" / f"{name}.py"
        place(name).write_text(page(script.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
