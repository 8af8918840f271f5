"""Tutorials run, and their pages and notebooks are made of them."""

import ast
import json
import os
import re

import keras
import pytest

from examples import make_tutorials
from tests.backend_use import once
from tests.release.repository import colab_badge

TUTORIALS = make_tutorials.tutorials()
ENVIRONMENT = {
    "EPOCHS": "2",
    # As the tutorial of devices sets it where nothing is set.
    "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} "
    "--xla_force_host_platform_device_count=2",
}
# A name of a file that code writes, as it stands in the code.
WRITTEN = re.compile(r"[\w-]+\.(png|jpg|html|json|csv|keras|onnx|mp4)")
# What the pictures of pages may weigh, in bytes.
HEAVIEST = 250_000
IMAGE = re.compile(r"!\[[^]]*\]\(\.\./images/(\S+)\)")

# Other backends skip a part of these.
OWN_BACKEND = {"devices": "jax", "export_and_serve": "tensorflow"}

each_tutorial = pytest.mark.parametrize(
    "script", TUTORIALS, ids=lambda script: script.stem
)


# === Pages and notebooks ===


def test_there_are_some():
    assert {"first", "own_data"} <= {script.stem for script in TUTORIALS}


@each_tutorial
@pytest.mark.parametrize("suffix", make_tutorials.MADE)
def test_made_of_the_script(script, suffix):
    there = make_tutorials.target(script, suffix).read_text(encoding="utf-8")
    made = make_tutorials.MADE[suffix](script)
    assert there == made, "run examples/make_tutorials.py"


def test_nothing_is_left_of_what_is_no_more():
    made = {
        make_tutorials.target(script, suffix)
        for script in TUTORIALS
        for suffix in make_tutorials.MADE
    }
    assert made == set(make_tutorials.PAGES.iterdir())


@each_tutorial
def test_notebook_format(script):
    """What the schema of nbformat 4.5 asks for."""
    notebook = json.loads(make_tutorials.notebook(script))
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    kernel = notebook["metadata"]["kernelspec"]
    assert {"name", "display_name"} <= set(kernel)
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)
    for cell in notebook["cells"]:
        check_cell(cell)


BADGED = """# %% [markdown]
# # A title
#
# {badge}
#
# It wants `pip install
# "keras-solo[onnx]"`.

# %%
print("begin")
"""


def test_a_notebook_in_colab_installs_first(tmp_path):
    script = tmp_path / "some.py"
    badge = colab_badge("https://github.com/somebody/keras-solo", "some.ipynb")
    script.write_text(BADGED.format(badge=badge))
    text, install, code = json.loads(make_tutorials.notebook(script))["cells"]
    assert "".join(install["source"]) == (
        '%pip install -q "keras-solo[onnx,plot] @ '
        'git+https://github.com/somebody/keras-solo"'
    )
    assert code["source"] == ['print("begin")']
    assert "%pip" not in make_tutorials.page(script)


@each_tutorial
def test_a_notebook_without_badge_has_the_cells_of_its_script(script):
    made = json.loads(make_tutorials.notebook(script))["cells"]
    cells = make_tutorials.cells(script)
    badged = "colab-badge" in cells[0].content
    assert len(made) == len(cells) + badged


def check_cell(cell):
    code = cell["cell_type"] == "code"
    wanted = {"id", "cell_type", "metadata", "source"}
    assert set(cell) == wanted | (
        {"execution_count", "outputs"} if code else set()
    )
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
    assert cell["metadata"] == {}
    assert all(line.endswith("\n") for line in cell["source"][:-1])
    source = "".join(cell["source"])
    assert source.strip()
    if code:
        assert cell["execution_count"] is None and cell["outputs"] == []
        ast.parse(source)
    else:
        assert cell["cell_type"] == "markdown"


@each_tutorial
def test_a_cell_of_code_needs_no_file_of_its_own(script):
    """A notebook has no `__file__`, and no arguments."""
    text = script.read_text(encoding="utf-8")
    assert not re.search(r"(?<!keras_solo\.)__file__|sys\.argv", text)


@each_tutorial
def test_pictures_are_there_and_light(script):
    for name in IMAGE.findall(make_tutorials.page(script)):
        path = make_tutorials.IMAGES / name
        assert 1000 < path.stat().st_size < HEAVIEST, name


def test_cells_of_a_script(tmp_path):
    path = tmp_path / "some_thing.py"
    path.write_text("# %% [markdown]\n# # T\n#\n# a\n\n# %%\nx = 1\n")
    assert make_tutorials.page(path) == (
        "# T\n\nThis page is also [a notebook](some-thing.ipynb), and the "
        "script\n`examples/tutorials/some_thing.py`.\n\na\n\n"
        "```python\nx = 1\n```\n"
    )
    found = json.loads(make_tutorials.notebook(path))["cells"]
    assert [cell["source"] for cell in found] == [
        ["# T\n", "\n", "a"],
        ["x = 1"],
    ]


@pytest.mark.parametrize(
    "text", ["x = 1\n", "# %%\nx = 1\n", "# %% [markdown]\n# no title\n"]
)
def test_a_script_without_a_title(tmp_path, text):
    path = tmp_path / "some.py"
    path.write_text(text)
    with pytest.raises(ValueError, match="a title"):
        make_tutorials.cells(path)


# === Runs ===


def promised(script):
    """The names of files in the strings of a tutorial's code."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.rpartition("/")[2]
            if WRITTEN.fullmatch(name):
                yield name


@once
@each_tutorial
def test_it_runs(script, tmp_path):
    check_it_runs(script, tmp_path)


@pytest.mark.parametrize("name", OWN_BACKEND)
def test_it_runs_where_it_shows_all(name, tmp_path):
    if keras.backend.backend() != OWN_BACKEND[name]:
        pytest.skip(f"Of {OWN_BACKEND[name]}.")
    check_it_runs(make_tutorials.SCRIPTS / f"{name}.py", tmp_path)


def check_it_runs(script, tmp_path):
    """With few epochs; its page has the figures of many."""
    make_tutorials.run(script, tmp_path, **ENVIRONMENT)
    for name in set(promised(script)):
        written = list(tmp_path.rglob(name))
        assert written, f"no {name}"
        for path in written:
            least = 1000 if path.suffix in (".png", ".jpg", ".html") else 1
            assert path.stat().st_size >= least, name


def test_files_that_code_names():
    own_data = make_tutorials.SCRIPTS / "own_data.py"
    assert set(promised(own_data)) == {
        *("check.html", "report.html"),
        *("targets.png", "batch.png", "found.png"),
    }
