"""Makes the project say that it is released, or that it is not yet.

    python -m tests.release.switch --released
    python -m tests.release.switch --from-clone

The first one makes the README and the pages for beginners install from PyPI,
and repeats the version and the date of the changelog's head, if it has one, in
the package and in CITATION.cff. The second one makes them install from a clone.
Either writes what follows from `repository.ADDRESS`. The pages and notebooks of
the tutorials are made anew. Nothing changes where nothing has to.
"""

import argparse

from examples import make_tutorials
from tests.release import addressed, repository, version, wording

ROOT = version.ROOT
README, PYPROJECT, MKDOCS = "README.md", "pyproject.toml", "mkdocs.yml"
BEGINNERS = ("README.md", "docs/index.md", "docs/backends.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--released", action="store_true")
    which.add_argument("--from-clone", action="store_true")
    released = parser.parse_args().released
    for name, text in changes(released, repository.checked(repository.ADDRESS)):
        (ROOT / name).write_text(text, encoding="utf-8")
        print("wrote", name)
    make_tutorials.main([])


def changes(released, address):
    """(name, text) of each file that must say something else."""
    for name, text in wanted(released, address).items():
        if text != read(name):
            yield name, text


def wanted(released, address):
    """The text of each file in question, as it should be."""
    install = wording.released if released else wording.from_clone
    before = addressed.written_last(read(PYPROJECT))
    texts = {name: install(read(name), name) for name in pages()}
    texts[README] = addressed.readme(texts[README], before, address)
    for script in make_tutorials.tutorials():
        name = script.relative_to(ROOT).as_posix()
        notebook = make_tutorials.target(script, ".ipynb").relative_to(ROOT)
        texts[name] = addressed.tutorial(
            texts[name], notebook.as_posix(), address
        )
    texts[PYPROJECT] = addressed.pyproject(read(PYPROJECT), address)
    texts[MKDOCS] = addressed.mkdocs(read(MKDOCS), address)
    citation = addressed.citation(read(version.CITATION), address)
    package = read(version.PACKAGE)
    changelog = read(version.CHANGELOG)
    if released and not version.has_unreleased(changelog):
        newest = version.newest(changelog)
        package = version.with_version(package, newest)
        citation = version.citation(citation, newest)
    return texts | {version.CITATION: citation, version.PACKAGE: package}


def pages():
    """The files that say how to install: some pages, and the tutorials."""
    scripts = [path.relative_to(ROOT) for path in make_tutorials.tutorials()]
    return [*BEGINNERS, *(path.as_posix() for path in scripts)]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
