"""What a wheel and an archive of sources hold, against what git has."""

import fnmatch
import pathlib
import subprocess
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).parents[2]
# Every kind of file that users get; another one is a decision, made here.
IN_WHEEL = (
    "keras_solo/*.py",
    "keras_solo/py.typed",
    "keras_solo/data/packaged/nuclei/README.md",
    "keras_solo/data/packaged/nuclei/train.json",
    "keras_solo/data/packaged/nuclei/val.json",
    "keras_solo/data/packaged/nuclei/images/*.png",
    "keras_solo/models/packaged/*.json",
    "keras_solo/models/packaged/*.weights.h5",
)
OF_METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
LICENCE = "licenses/LICENSE"
# PyPI's own limit is 100 MB; a wheel that grows is a decision, too.
HEAVIEST_WHEEL = 15_000_000
IN_SOURCES = ("keras_solo/", "tests/", "docs/", "examples/")
AT_THE_TOP_OF_SOURCES = {
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "mkdocs.yml",
    "pyproject.toml",
}


def tracked(*places):
    """The files of git below some places, as names from the root."""
    done = subprocess.run(
        ["git", "ls-files", "-z", *places],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return {name for name in done.stdout.split("\0") if name}


def differences(names, expected):
    """What is missing and what is too much, in words."""
    missing = [f"lacks {name}" for name in sorted(expected - names)]
    return missing + [f"has {name}" for name in sorted(names - expected)]


def unforeseen(names):
    """Files of the package that no pattern allows."""
    return [
        f"{name} is of no kind in tests/release/contents.py"
        for name in sorted(names)
        if not any(fnmatch.fnmatch(name, kind) for kind in IN_WHEEL)
    ]


def of_wheel(path, package):
    """What is wrong with a wheel, whose `package` files git has."""
    with zipfile.ZipFile(path) as file:
        names = {entry for entry in file.namelist() if entry[-1] != "/"}
    folder = "-".join(path.name.split("-")[:2]) + ".dist-info/"
    metadata = {folder + name for name in OF_METADATA | {LICENCE}}
    wrong = differences(names, package | metadata)
    wrong += unforeseen(names & package)
    if (size := path.stat().st_size) > HEAVIEST_WHEEL:
        wrong.append(f"weighs {size / 1e6:.1f} MB")
    return [f"{path.name}: {line}" for line in wrong]


def of_sources(path, files):
    """What is wrong with an archive of sources."""
    with tarfile.open(path) as file:
        names = {entry.name for entry in file if entry.isfile()}
    folder = path.name.removesuffix(".tar.gz") + "/"
    inside = {name for name in files if name.startswith(IN_SOURCES)}
    expected = {folder + name for name in inside | AT_THE_TOP_OF_SOURCES}
    return [f"{path.name}: {line}" for line in differences(names, expected)]


def of_two_wheels(first, second):
    """What two wheels do not share: names and bytes."""
    ours, theirs = checksums(first), checksums(second)
    wrong = differences(set(theirs), set(ours))
    wrong += [
        f"has another {name}"
        for name in sorted(set(ours) & set(theirs))
        if ours[name] != theirs[name]
    ]
    return [f"{second}: {line}" for line in wrong]


def checksums(wheel):
    """The checksum of each file in a wheel."""
    with zipfile.ZipFile(wheel) as file:
        return {entry.filename: entry.CRC for entry in file.infolist()}
