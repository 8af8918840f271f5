"""Makes `Example:` paragraphs of docstrings what mkdocstrings expects.

The docstrings of this package write

    Example:

    >>> one()
    1

without indentation, as Keras does. The parser of Google's style takes an
indented section for one.
"""

import re

import griffe

EXAMPLE = re.compile(r"^Example:\n\n((?:.|\n)*?)(?=\n\nSource:|\Z)", re.M)


def indented(match):
    lines = match[1].split("\n")
    body = "\n".join(f"    {line}" if line else "" for line in lines)
    return f"Examples:\n{body}"


class DocstringExamples(griffe.Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj, **kwargs):
        if obj.docstring is not None:
            text = obj.docstring.value
            obj.docstring.value = EXAMPLE.sub(indented, text)
