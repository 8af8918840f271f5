"""Text of others, such as names of classes and files, made safe to show."""

from __future__ import annotations


def printable(text: str, longest: int | None = None) -> str:
    """Text in which nothing acts on a terminal, a picture or a page.

    Line ends, escape sequences, changes of direction, and bytes that are no
    text (some drawing libraries end the process at these) become what Python
    writes for them.

    Args:
        text: Any text.
        longest: So many characters are kept, the last three as "...".

    Example:

    >>> printable("dog\\n\\x1b[31m"), printable("abcdefgh", longest=6)
    ('dog\\\\n\\\\x1b[31m', 'abc...')
    """
    safe = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in text
    )
    if longest is not None and len(safe) > longest:
        return safe[: longest - 3] + "..."
    return safe


def shown(value: object, longest: int = 80) -> str:
    """What stands in a file of others, cut to what an error message can hold.

    Args:
        value: Anything.
        longest: Characters that are kept.

    Example:

    >>> shown("dog"), shown([1, 2, 3], longest=4)
    ("'dog'", '[1, ')
    """
    return f"{value!r:.{longest}}"
