"""The page of the demo builds without its files, and names what is there."""

import importlib.util
import pathlib
import re

import pytest

from tests.docs.demo.sites import demo_site

ROOT = pathlib.Path(__file__).parents[3]
DEMO = ROOT / "docs" / "demo"
SCRIPTS = sorted(DEMO.glob("*.js"))
TEXT = (DEMO / "index.md").read_text(encoding="utf-8")


def maker():
    path = ROOT / "examples" / "make_browser_demo.py"
    spec = importlib.util.spec_from_file_location("make_browser_demo", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_builds_without_the_files(tmp_path):
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    site = demo_site(tmp_path / "site")
    page = (site / "demo" / "index.html").read_text(encoding="utf-8")
    assert '<script type="module" src="page.js">' in page
    assert (site / "demo" / "page.js").is_file()
    assert not (site / "demo" / "assets").exists()


def test_the_files_are_not_committed():
    assert "docs/demo/assets/" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_named_and_imports_what_is_there(script):
    assert f"`{script.name}`" in TEXT
    code = script.read_text(encoding="utf-8")
    assert len(code.splitlines()) <= 200
    for name in re.findall(r'from "\./([\w.]+)"', code):
        assert (DEMO / name).is_file()


def test_every_part_that_the_script_asks_for_is_on_the_page():
    code = (DEMO / "page.js").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:element|valueOf)\("([\w-]+)"\)', code))
    assert len(names) > 10
    for name in names:
        assert f'id="demo-{name}"' in TEXT


def test_every_input_has_a_label():
    inputs = re.findall(r'<(?:input|select)\b[^>]* id="([\w-]+)"', TEXT)
    assert len(inputs) >= 5
    for name in inputs:
        assert f'<label for="{name}">' in TEXT


def test_another_runtime_is_refused(tmp_path):
    package = tmp_path / "onnxruntime-web.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="not the package that was expected"):
        maker().check_digest(package)
