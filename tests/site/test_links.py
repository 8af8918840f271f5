"""Dead links are found, and only those."""

import json

from tests.site.check import faults_of
from tests.site.links import dead_links

START = """<a href="guide/">here</a> <a href="guide/#part">there</a>
<a href="https://example.org/x">elsewhere</a> <a href="#__tabbed_1">tab</a>
<img src="images/a%20b.png"> <a href="mailto:a@example.org">mail</a>
<a href="/guide/index.html">from the top</a> <h2 id="own">1</h2>
<a href="#own">own</a>{more}"""


def site(folder, more=""):
    (folder / "guide").mkdir(parents=True)
    (folder / "images").mkdir()
    (folder / "images" / "a b.png").write_bytes(b"")
    (folder / "guide" / "index.html").write_text('<h2 id="part">1</h2>')
    (folder / "index.html").write_text(START.format(more=more))
    return folder


def test_no_pages(tmp_path):
    assert dead_links(tmp_path) == []


def test_none_is_dead(tmp_path):
    assert dead_links(site(tmp_path / "site")) == []


def test_dead_ones(tmp_path):
    more = (
        '<a href="guide/#no">1</a><a href="none/">2</a>'
        '<a href="#no">3</a><script src="no.js"></script>'
    )
    found = dead_links(site(tmp_path / "site", more))
    assert found == [
        ("index.html", link) for link in ("guide/#no", "none/", "#no", "no.js")
    ]


def test_what_a_browser_found():
    line = (
        '{"page": "a", "wide": {"390": 12, "1280": 0}, '
        '"axe": {"light": [], "dark": ["label: input"]}, "errors": []}'
    )
    assert faults_of(json.loads(line)) == [
        "a: 12 px wider than a screen of 390",
        "a: label: input (dark)",
    ]
