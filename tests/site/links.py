"""Links of a built site that lead nowhere within it."""

import functools
import pathlib
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src"}


class Page(NamedTuple):
    """The links of a page, and the places in it that links may name."""

    links: list[str]
    places: set[str]


class Reader(HTMLParser):
    """Reads a page into `links` and `places`."""

    def __init__(self):
        super().__init__()
        self.links, self.places = [], set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.places |= {attributes.get("id"), attributes.get("name")}
        address = attributes.get(LINKS.get(tag))
        if address:
            self.links.append(address)


@functools.cache
def read(path):
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    return Page(reader.links, reader.places)


def dead_links(site):
    """(page, link) of each link to a file or place that is not there.

    Args:
        site: The folder of the site. Links to other sites are not looked at.
    """
    site = pathlib.Path(site).resolve()
    dead = []
    for path in sorted(site.rglob("*.html")):
        for link in read(path).links:
            if not leads_somewhere(site, path, link):
                dead.append((str(path.relative_to(site)), link))
    return dead


def leads_somewhere(site, path, link):
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    base = site if parts.path.startswith("/") else path.parent
    target = path
    if parts.path:
        target = (base / unquote(parts.path).lstrip("/")).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    place = unquote(parts.fragment)
    return not place or target.suffix != ".html" or is_place(target, place)


def is_place(target, place):
    # The theme's code makes the ones with two underscores.
    return place.startswith("__") or place in read(target).places
