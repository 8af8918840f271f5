"""Checks what is to be released: `python -m tests.release.check`.

    python -m tests.release.check [--dist DIST] [--final] [--tag TAG]

Without options it looks at the sources: one version everywhere, whose tag is
free; pages, metadata and citation that say what `tests/release/switch.py`
writes; a description that renders. `--dist` looks at a built wheel and archive
of sources, too, and builds the wheel again, from the archive and from here
(`pip install -e ".[release]"`). It prints what is wrong, and what is left out
as long as there is no release or no address. `--final` takes the latter for
wrong; `--tag` is the tag that a release is published for.
"""

import argparse
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from tests.release import contents, description, repository, switch, version


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--dist", type=pathlib.Path)
    parser.add_argument("--final", action="store_true")
    parser.add_argument("--tag")
    arguments = parser.parse_args()
    address = repository.checked(repository.ADDRESS)
    wrong = [*versions(), *tags(arguments.tag), *switched(address)]
    left = list(left_out(address))
    wrong += links(switch.read(switch.README), address)
    if arguments.dist:
        wrong += built(arguments.dist, address)
    if arguments.final:
        wrong, left = wrong + left, []
    for line in left:
        print("left out:", line)
    for line in wrong:
        print("wrong:", line)
    print(f"{len(wrong)} wrong, {len(left)} left out")
    return int(bool(wrong))


def versions():
    """Where another version stands than the changelog's newest."""
    newest = version.newest(switch.read(version.CHANGELOG))
    package = version.in_package(switch.read(version.PACKAGE))
    citation = version.in_citation(switch.read(version.CITATION))
    if package != newest.number:
        yield f"the package is {package}, the changelog {newest.number}"
    if citation != newest:
        yield f"the citation is of {citation}, the changelog {newest}"


def tags(tag):
    """What is wrong with the tag of a release, or with the one to come."""
    changelog = switch.read(version.CHANGELOG)
    name = f"v{version.newest(changelog).number}"
    if tag and tag != name:
        yield f"the tag is {tag}, the changelog's newest release {name}"
    if version.has_unreleased(changelog):
        return
    taken = version.commit_of(f"refs/tags/{name}")
    if taken and taken != version.commit_of("HEAD"):
        yield f"the tag {name} is another commit's; what is new has no heading"


def switched(address):
    """Files that are neither as `--released` nor as `--from-clone` has them."""
    states = [dict(switch.changes(state, address)) for state in (True, False)]
    for name in min(states, key=len):
        yield f"{name} is not what tests.release.switch writes"


def left_out(address):
    """What a release would still need."""
    changelog = switch.read(version.CHANGELOG)
    newest = version.newest(changelog)
    if version.has_unreleased(changelog):
        yield "a version: the changelog's head is 'Unreleased'"
    elif newest.date is None:
        yield f"the date of {newest.number} in the changelog"
    if dict(switch.changes(True, address)):
        yield 'installing from PyPI: "tests.release.switch --released" does it'
    if address is None:
        yield "project URLs, in the metadata and the citation: no address yet"
        yield "badges that open the tutorials in Colab: no address yet"
        found = description.relative_links(
            description.rendered(switch.read(switch.README))
        )
        yield f"absolute links of the README ({', '.join(found)}): no address"


def links(markdown, address):
    """Links of a description that lead nowhere although there is an address."""
    page = description.rendered(markdown)
    if address:
        for link in description.relative_links(page):
            yield f"the description has the relative link {link}"


def built(folder, address):
    """What is wrong with the files that would be uploaded."""
    (wheel,), (sources,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    yield from contents.of_wheel(wheel, contents.tracked("keras_solo"))
    yield from contents.of_sources(sources, contents.tracked())
    message = description.metadata(wheel)
    expected = repository.project_urls(address) if address else {}
    lines = [f"{name}, {url}" for name, url in expected.items()]
    if sorted(message.get_all("Project-URL", [])) != sorted(lines):
        yield f"{wheel.name}: its project URLs are not {lines}"
    number = version.in_package(switch.read(version.PACKAGE))
    if message["Version"] != number:
        yield f"{wheel.name}: its version is not {number}"
    yield from links(description.text(message), address)
    with tempfile.TemporaryDirectory() as work:
        for again in rebuilt(sources, pathlib.Path(work)):
            yield from contents.of_two_wheels(wheel, again)


def rebuilt(sources, work):
    """The wheel, built of the archive and of the sources here."""
    with tarfile.open(sources) as file:
        file.extractall(work / "sources", filter="data")
    (unpacked,) = (work / "sources").iterdir()
    for number, folder in enumerate((unpacked, version.ROOT)):
        target = work / str(number)
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", target]
        subprocess.run([*command, folder], check=True, capture_output=True)
        yield next(target.glob("*.whl"))


if __name__ == "__main__":
    sys.exit(main())
