"""The long description, as PyPI shows it."""

import email
import html.parser
import zipfile

from tests.release import addressed

LINKS = {"a": "href", "img": "src"}


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        link = dict(attrs).get(LINKS.get(tag))
        if link:
            self.found.append(link)


def metadata(wheel):
    """The metadata of a wheel, the description as its payload."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = (
            name
            for name in file.namelist()
            if name.endswith(".dist-info/METADATA")
        )
        return email.message_from_bytes(file.read(name))


def text(message):
    """The description in a wheel's metadata."""
    return message.get_payload(decode=True).decode("utf-8")


def rendered(markdown):
    """The HTML that PyPI makes of a description.

    Raises:
        ValueError: PyPI would not show it.
    """
    from readme_renderer import markdown as renderer

    made = renderer.render(markdown, variant="GFM")
    if not made:
        raise ValueError(
            "The description does not render; is readme-renderer[md] here?"
        )
    return made


def relative_links(page):
    """The links and pictures of a page that lead nowhere on PyPI."""
    parser = _Links()
    parser.feed(page)
    return sorted(set(filter(addressed.is_relative, parser.found)))
