"""The README as PyPI shows it."""

import pytest

from tests.release import addressed, check, description, switch

renderer = pytest.importorskip("readme_renderer.markdown")
assert renderer.variants, "readme-renderer[md] is incomplete"

ADDRESS = "https://github.com/somebody/keras-solo"


def test_links_that_lead_nowhere():
    page = description.rendered(
        "[a](docs/a.md) ![b](docs/b.jpg) [c](https://example.org) [d](#d)"
    )
    assert description.relative_links(page) == ["docs/a.md", "docs/b.jpg"]


def test_nothing_to_show():
    with pytest.raises(ValueError, match="render"):
        description.rendered("")


def test_the_readme():
    text = switch.read(switch.README)
    page = description.rendered(text)
    assert "<h1" in page and page.count("<pre") >= 8
    assert "<table>" in page


def test_an_address_makes_all_links_absolute():
    text = switch.read(switch.README)
    before = addressed.written_last(switch.read(switch.PYPROJECT))
    text = addressed.readme(text, before, ADDRESS)
    assert list(check.links(text, ADDRESS)) == []
    page = description.rendered(text)
    assert f"{ADDRESS}/raw/main/docs/images/nuclei.jpg" in page


def test_without_an_address_it_is_said():
    text = addressed.readme("[a](docs/a.md)", None, None)
    assert list(check.links(text, None)) == []
    assert len(list(check.links(text, ADDRESS))) == 1
    left = "\n".join(check.left_out(None))
    assert "project URLs" in left and "Colab" in left
    assert "project URLs" not in "\n".join(check.left_out(ADDRESS))
