"""Pages before and after the first release."""

import pytest

from tests.release import switch
from tests.release.wording import SENTENCES, from_clone, released

CLONE = """From a clone of this repository, with Python 3.11:
`pip install -e ".[jax,plot]"`, `pip install -e "."`
pip install -e ".[jax,dev]" && pytest
"""
PYPI = """With Python 3.11:
`pip install "keras-solo[jax,plot]"`, `pip install "keras-solo"`
pip install -e ".[jax,dev]" && pytest
"""


def test_there_and_back():
    assert released(CLONE, "README.md") == PYPI
    assert from_clone(PYPI, "README.md") == CLONE


def test_extras_of_other_pages():
    extra = 'pip install "keras-solo[tiff]"\n'
    clone = f'pip install -e ".[jax,plot]"\n{extra}'
    pypi = f'pip install "keras-solo[jax,plot]"\n{extra}'
    assert released(clone, "docs/index.md") == pypi
    assert from_clone(pypi, "docs/index.md") == clone
    assert "keras-solo[" not in from_clone(pypi, "README.md")


def test_twice_is_once():
    assert released(PYPI, "README.md") == PYPI
    assert from_clone(CLONE, "README.md") == CLONE


def test_the_readme_comes_back():
    text = switch.read(switch.README)
    clone, pypi = from_clone(text, "README.md"), released(text, "README.md")
    assert text in (clone, pypi), "run `python -m tests.release.switch`"
    assert clone != pypi
    assert released(clone, "README.md") == pypi
    assert from_clone(pypi, "README.md") == clone
    assert 'pip install "keras-solo[jax,plot]"' in pypi


@pytest.mark.parametrize("page", SENTENCES)
def test_each_sentence_is_there_once(page):
    """Whoever words it anew, does so in wording.py, too."""
    text = switch.read(page)
    for before, after in SENTENCES[page]:
        assert text.count(before) + text.count(after) == 1


@pytest.mark.parametrize("page", switch.pages())
def test_nothing_of_a_clone_is_left(page):
    text = released(switch.read(page), page)
    assert "From a clone" not in text
    for line in text.splitlines():
        if "pip install -e" in line:
            assert "dev" in line or "docs" in line
