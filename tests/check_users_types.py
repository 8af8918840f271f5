"""Checks the types that users see: `python -m tests.check_users_types`.

The Python code of the README and of each tutorial is checked as a user's file,
by `mypy --strict` and by pyright; and pyright says which part of the public
names has a known type. What stems from Keras's own signatures is listed here,
error by error; a listed error that no longer comes is an error, too.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/tutorials").glob("*.md"))]
LEAST_COMPLETE = 0.98
UNTYPED = 'analyzing "keras": module is installed, but missing'
KERAS = re.compile(r"^(import keras\b|from keras import)", re.MULTILINE)
# What it returns is to pyright whatever any backend's function returns.
OPS = "from keras import ops"
# (page, tool, what it says): what Keras itself lacks, and what is not installed
# with `[jax,dev]`.
OF_KERAS = {
    ("README", "pyright", '"None" cannot be assigned to parameter "weights"'),
    ("devices", "mypy", 'stubs not installed for "tensorflow"'),
    ("export-and-serve", "mypy", 'module named "onnxruntime"'),
    ("export-and-serve", "pyright", 'Import "onnxruntime"'),
    *(
        (page.stem, "mypy", UNTYPED)
        for page in PAGES
        if KERAS.search(page.read_text(encoding="utf-8"))
    ),
}
# A user's own functions may be without types, and stem from Keras's classes.
LENIENT = [
    *("--allow-untyped-defs", "--allow-untyped-calls"),
    *("--allow-subclassing-any", "--allow-untyped-decorators"),
]
BLOCK = re.compile(
    r"^(?P<indent>[ ]*)```python\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = [_write(page, pathlib.Path(folder)) for page in PAGES]
        typed = [file for file in files if OPS not in file.read_text()]
        errors = [*_mypy(files, folder), *_pyright(typed, folder)]
        complete, unknown = _completeness(folder)
    wrong = _unexpected(errors)
    if complete < LEAST_COMPLETE:
        wrong += [
            f"the type of a public name is not known: {name}"
            for name in unknown
        ]
    for line in wrong:
        print(line)
    print(
        f"{len(PAGES)} pages, {len(OF_KERAS)} errors of others' packages, "
        f"{len(wrong)} others; {complete:.1%} of the public types are known, "
        f"at least {LEAST_COMPLETE:.0%} must be."
    )
    return int(bool(wrong))


def _write(page, folder):
    """A page's code as one Python file, on the page's own lines."""
    text = page.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for match in BLOCK.finditer(text):
        start = text[: match.start("code")].count("\n")
        for offset, line in enumerate(match["code"].split("\n")[:-1]):
            lines[start + offset] = line.removeprefix(match["indent"])
    path = folder / f"{page.stem}.py"
    path.write_text("\n".join(lines) + "\n")
    return path


def _run(arguments, folder):
    # Not from the root, where a checkout would pass for a stub package.
    return subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _mypy(files, folder):
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file="]
    done = _run([*command, *LENIENT, *files], folder)
    for line in done.stdout.splitlines():
        match = re.match(r"(.*?)\.py:(\d+): error: (.*)", line)
        if match:
            yield match[1], "mypy", match[2], match[3]
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)


def _pyright(files, folder):
    for item in _pyright_json(files, folder)["generalDiagnostics"]:
        if item["severity"] == "error":
            line = item["range"]["start"]["line"] + 1
            page = pathlib.Path(item["file"]).stem
            yield page, "pyright", line, item["message"]


def _completeness(folder):
    """Which part of the public names has a known type, and who has none."""
    arguments = ["--verifytypes", "keras_solo", "--ignoreexternal"]
    found = _pyright_json(arguments, folder)["typeCompleteness"]
    unknown = [
        symbol["name"]
        for symbol in found["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"]
    ]
    return found["completenessScore"], unknown


def _pyright_json(arguments, folder):
    command = [sys.executable, "-m", "pyright", "--outputjson"]
    done = _run([*command, "--pythonpath", sys.executable, *arguments], folder)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise SystemExit(done.stdout + done.stderr) from None


def _unexpected(errors):
    """Lines about errors that are not listed, and listed ones that are gone."""
    left, wrong = set(OF_KERAS), []
    for page, tool, line, message in errors:
        listed = {
            known
            for known in OF_KERAS
            if known[:2] == (page, tool) and known[2] in message
        }
        left -= listed
        if not listed:
            wrong.append(f"{page}, line {line}: {tool}: {message}")
    return wrong + [f"no longer there: {known}" for known in sorted(left)]


if __name__ == "__main__":
    sys.exit(main())
