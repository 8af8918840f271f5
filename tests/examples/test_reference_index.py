"""The list of all public names is what the docstrings say."""

import ast
import importlib.util
import pathlib

import keras_solo
from keras_solo import losses

ROOT = pathlib.Path(__file__).parents[2]


def script():
    path = ROOT / "examples" / "make_reference_index.py"
    spec = importlib.util.spec_from_file_location("make_index", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date():
    """`python examples/make_reference_index.py` writes it."""
    page = ROOT / "docs" / "reference" / "index.md"
    assert page.read_text("utf-8") == script().index()


def test_each_page_of_the_reference_is_in_it():
    pages = (ROOT / "docs" / "reference").glob("*.md")
    assert {page.stem for page in pages} == {"index", *script().PAGES}


def test_what_code_uses():
    """By whatever name; what belongs to others does not count."""
    tree = ast.parse(
        "import keras_solo\n"
        "from keras_solo.models import SOLOv2 as Model\n"
        "from keras_solo import losses\n"
        "from keras import ops\n"
        "Model.from_preset('x')\n"
        "losses.BoundaryDiceLoss()\n"
        "ops.sum(model.evaluate(keras_solo.data))\n"
    )
    values = script().used(tree)
    assert keras_solo.SOLOv2 in values
    assert losses.BoundaryDiceLoss in values
    assert keras_solo.evaluation.evaluate not in values


def test_no_code():
    assert script().used(ast.parse("")) == []
