"""What follows from an address, and that it goes when the address goes."""

import tomllib

import pytest
import yaml

from tests.release import addressed, repository, switch
from tests.release.repository import checked

ADDRESS = "https://github.com/somebody/keras-solo"
OTHER = "https://github.com/else/where"
NOTEBOOK = "docs/tutorials/first.ipynb"
README = """![a picture](docs/images/a.jpg) [presets](docs/presets.md)
[elsewhere](https://example.org/docs/presets.md) [below](#below)
`text[0](docs/presets.md)`

```python
calls[0](docs/presets.md)
```
"""
WITH_ADDRESS = f"""![a picture]({ADDRESS}/raw/main/docs/images/a.jpg) \
[presets]({ADDRESS}/blob/main/docs/presets.md)
[elsewhere](https://example.org/docs/presets.md) [below](#below)
`text[0](docs/presets.md)`

```python
calls[0](docs/presets.md)
```
"""


def test_links():
    assert addressed.readme(README, None, ADDRESS) == WITH_ADDRESS
    assert addressed.readme(WITH_ADDRESS, ADDRESS, ADDRESS) == WITH_ADDRESS
    assert addressed.readme(WITH_ADDRESS, ADDRESS, None) == README
    moved = addressed.readme(WITH_ADDRESS, ADDRESS, OTHER)
    assert moved == WITH_ADDRESS.replace(ADDRESS, OTHER)


def undone(change, text):
    """The text with an address, which goes without a trace."""
    made = change(text, ADDRESS)
    assert change(made, ADDRESS) == made
    assert change(made, OTHER) == made.replace(ADDRESS, OTHER)
    assert change(made, None) == text
    return made


def test_metadata():
    text = addressed.pyproject(switch.read(switch.PYPROJECT), None)
    made = undone(addressed.pyproject, text)
    urls = tomllib.loads(made)["project"]["urls"]
    assert urls == repository.project_urls(ADDRESS)
    assert addressed.written_last(made) == ADDRESS
    assert addressed.written_last(text) is None


def test_documentation():
    text = addressed.mkdocs(switch.read(switch.MKDOCS), None)
    made = undone(addressed.mkdocs, text)
    assert f"\nrepo_url: {ADDRESS}\n" in made


def test_citation():
    text = addressed.citation(switch.read("CITATION.cff"), None)
    made = undone(addressed.citation, text)
    assert yaml.safe_load(made)["repository-code"] == ADDRESS


def test_badge():
    script = "# %% [markdown]\n# # A title\n#\n# Text.\n\n# %%\n"
    made = addressed.tutorial(script, NOTEBOOK, ADDRESS)
    title, _, badge, _, text = made.splitlines()[1:6]
    assert (title, text) == ("# # A title", "# Text.")
    assert f"/github/somebody/keras-solo/blob/main/{NOTEBOOK})" in badge
    assert addressed.tutorial(made, NOTEBOOK, ADDRESS) == made
    assert addressed.tutorial(made, NOTEBOOK, None) == script


@pytest.mark.parametrize(
    "wrong",
    [
        "github.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b/",
        "https://github.com/a/b.git",
        "https://example.org/a/b",
    ],
)
def test_addresses_of_another_form(wrong):
    with pytest.raises(ValueError, match="OWNER/NAME"):
        checked(wrong)
    assert checked(ADDRESS) == ADDRESS
    assert checked(None) is None


def test_a_file_of_another_form():
    with pytest.raises(ValueError, match="no line"):
        addressed.tutorial("import os\n", NOTEBOOK, ADDRESS)
