"""What is in the files that are uploaded, and what must not be."""

import io
import tarfile
import zipfile

import pytest

from tests.release import contents

PACKAGE = {"keras_solo/__init__.py", "keras_solo/py.typed"}
METADATA = {
    f"keras_solo-0.1.0.dist-info/{name}"
    for name in (*contents.OF_METADATA, contents.LICENCE)
}


def wheel(folder, names, text="x"):
    path = folder / "keras_solo-0.1.0-py3-none-any.whl"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, text)
    return path


def sources(folder, names):
    path = folder / "keras_solo-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name in names:
            file.addfile(
                tarfile.TarInfo(f"keras_solo-0.1.0/{name}"), io.BytesIO()
            )
    return path


def test_wheel(tmp_path):
    path = wheel(tmp_path, PACKAGE | METADATA)
    assert contents.of_wheel(path, PACKAGE) == []


@pytest.mark.parametrize(
    "names, package, line",
    [
        (PACKAGE, PACKAGE | {"keras_solo/a.py"}, "lacks keras_solo/a.py"),
        (PACKAGE | {"tests/a.py"}, PACKAGE, "has tests/a.py"),
        (
            PACKAGE | {"keras_solo/a.key"},
            PACKAGE | {"keras_solo/a.key"},
            "keras_solo/a.key is of no kind",
        ),
    ],
)
def test_other_wheels(tmp_path, names, package, line):
    (wrong,) = contents.of_wheel(wheel(tmp_path, names | METADATA), package)
    assert line in wrong


def test_a_heavy_wheel(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "HEAVIEST_WHEEL", 10)
    (wrong,) = contents.of_wheel(wheel(tmp_path, PACKAGE | METADATA), PACKAGE)
    assert "weighs" in wrong


def test_sources(tmp_path):
    files = PACKAGE | {"tests/a.py", ".ci/run", ".github/SECURITY.md"}
    there = PACKAGE | {"tests/a.py"} | contents.AT_THE_TOP_OF_SOURCES
    assert contents.of_sources(sources(tmp_path, there), files) == []
    (wrong,) = contents.of_sources(
        sources(tmp_path, there | {".ci/run"}), files
    )
    assert wrong.endswith("has keras_solo-0.1.0/.ci/run")


def test_two_wheels(tmp_path):
    first = wheel(tmp_path / "first", PACKAGE)
    same = wheel(tmp_path / "same", PACKAGE)
    assert contents.of_two_wheels(first, same) == []
    other = wheel(tmp_path / "other", PACKAGE, text="y")
    assert len(contents.of_two_wheels(first, other)) == len(PACKAGE)


def test_what_git_has_is_foreseen():
    if not (contents.ROOT / ".git").exists():
        pytest.skip("An archive of sources has no git.")
    package = contents.tracked("keras_solo")
    assert "keras_solo/models/packaged/solov2_tiny_shapes.weights.h5" in package
    assert contents.unforeseen(package) == []
