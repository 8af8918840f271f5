"""Text of others, such as names of classes and files, made safe to show."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable


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

    It takes no longer for what is large, or refers to itself a thousand times.

    Args:
        value: Anything.
        longest: Characters that are kept.

    Example:

    >>> shown("dog"), shown([1, 2, 3], longest=4)
    ("'dog'", '[1, ')
    """
    brief = reprlib.Repr()
    brief.maxlevel = 4
    brief.maxlist = brief.maxtuple = brief.maxset = longest // 3 + 1
    brief.maxdict = longest // 6 + 1
    # The middle of what is longer is left out: none of what is shown.
    brief.maxstring = brief.maxlong = brief.maxother = 2 * longest + 9
    return brief.repr(value)[:longest]


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts.

    Args:
        count: How many.
        one: What one is called.
        several: What others are called; with an "s" by default.

    Example:

    >>> counted(1, "image"), counted(2, "class", "classes")
    ('1 image', '2 classes')
    """
    return f"{count} {one if count == 1 else several or one + 's'}"


def did_you_mean(names: Iterable[str], known: Iterable[str]) -> str:
    """What was meant by names that are unknown, for the end of a message.

    Args:
        names: The unknown ones.
        known: Those that there are.

    Example:

    >>> did_you_mean(["doge", "ufo"], ["cat", "dog"]), did_you_mean(["ufo"], [])
    (' Did you mean dog?', '')
    """
    known = list(known)
    near = [difflib.get_close_matches(name, known, 1) for name in names]
    meant = [match[0] for match in near if match]
    return f" Did you mean {', '.join(meant)}?" if meant else ""
