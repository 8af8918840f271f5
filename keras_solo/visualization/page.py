"""A page of text, tables and pictures: one HTML file that opens offline."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterable, Sequence

import cv2

from keras_solo._printable import printable
from keras_solo._whole_files import write_whole
from keras_solo.visualization.picture import Picture

JPEG_QUALITY = 90
# Nothing is loaded from elsewhere and nothing runs, whatever stands in it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff;
       max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h1, h2, p, figcaption { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ddd;
         text-align: left; vertical-align: top; min-width: 5rem;
         max-width: 20rem; overflow-wrap: break-word; }
td.number, th.number { text-align: right; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; max-width: 100%; } img { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; color: #555; max-width: 40rem; }
"""


class Page:
    """A report for people, in one file.

    Whatever stands in it, such as names of classes and files, is text: no
    character of it is taken for HTML.

    Args:
        title: The heading of the page.

    Example:

    >>> page = Page("Shapes")
    >>> page.add_text("Found <3 circles.")
    >>> page.add_table(["class", "objects"], [["circle", 3]])
    >>> "Found &lt;3 circles." in page.to_html()
    True
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts: list[str] = []

    def add_heading(self, text: str) -> None:
        """A heading; what follows belongs to it."""
        self._parts.append(f"<h2>{_escaped(text)}</h2>")

    def add_text(self, text: str) -> None:
        """A paragraph."""
        self._parts.append(f"<p>{_escaped(text)}</p>")

    def add_table(
        self, headings: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """A table.

        Args:
            headings: One for each column.
            rows: The cells of each row. Numbers are aligned to the right;
                floats have three digits, and what is no number is a dash.
        """
        lines = [list(row) for row in rows]
        numeric = [
            bool(lines) and all(_is_number(row[place]) for row in lines)
            for place in range(len(headings))
        ]
        head = _row("th", headings, numeric)
        body = "\n".join(_row("td", row, numeric) for row in lines)
        self._parts.append(
            f'<div class="wide"><table>\n<thead>{head}</thead>\n'
            f"<tbody>\n{body}\n</tbody></table></div>"
        )

    def add_pictures(self, pictures: Iterable[tuple[Picture, str]]) -> None:
        """Pictures side by side, as far as the page is wide.

        Args:
            pictures: Each with what stands below it.
        """
        figures = "\n".join(
            f'<figure><img src="data:image/jpeg;base64,{_jpeg(picture)}" '
            f'width="{picture.size[1]}" height="{picture.size[0]}" '
            f'alt="{_escaped(caption)}">'
            f"<figcaption>{_escaped(caption)}</figcaption></figure>"
            for picture, caption in pictures
        )
        self._parts.append(f'<div class="pictures">\n{figures}\n</div>')

    def to_html(self) -> str:
        """The content of the file."""
        title = _escaped(self.title)
        return "\n".join(
            [
                '<!DOCTYPE html>\n<html lang="en">\n<head>',
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" '
                f'content="{POLICY}">',
                '<meta name="viewport" content="width=device-width, '
                'initial-scale=1">',
                f"<title>{title}</title>\n<style>{STYLE}</style>",
                f"</head>\n<body>\n<h1>{title}</h1>",
                *self._parts,
                "</body>\n</html>\n",
            ]
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page.

        Args:
            path: A file name such as "report.html". Its folder must exist.

        Raises:
            OSError: If it cannot be written; what was there stays.
        """
        write_whole(path, self.to_html())

    def _repr_html_(self) -> str:
        return self.to_html()


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _row(tag: str, cells: Sequence[object], numeric: Sequence[bool]) -> str:
    parts = (
        f"<{tag}{' class=number' if right else ''}>{_cell(cell)}</{tag}>"
        for cell, right in zip(cells, numeric, strict=True)
    )
    return f"<tr>{''.join(parts)}</tr>"


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "–" if cell != cell else f"{cell:.3f}"
    return _escaped(str(cell))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


def _jpeg(picture: Picture) -> str:
    _, content = cv2.imencode(
        ".jpg",
        picture.array[..., ::-1],
        [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
    )
    return base64.b64encode(content.tobytes()).decode()
