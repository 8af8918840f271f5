"""What pages say before and after the first release.

Until then the package is installed from a clone. Each function takes a text and
returns it anew; it does nothing the second time, and the other one undoes it.
Pages other than the README name an extra that is no backend as the package's
errors do, `pip install "keras-solo[tiff]"`, before the release, too.
"""

import re

# Of the project's own work, which needs the sources: it is always in a clone.
NEEDS_A_CLONE = {"dev", "docs", "release"}
BACKENDS = {"jax", "jax-cuda", "tensorflow", "tensorflow-cuda", "torch"}
EXTRAS = r"(?:\[(?P<extras>[\w,-]+)\])?"
FROM_CLONE = re.compile(rf'pip install -e "\.{EXTRAS}"')
RELEASED = re.compile(rf'pip install "keras-solo{EXTRAS}"')
# Sentences that go with the commands, before and after, by page.
EXTRAS_OF_A_CLONE = (
    "Where a page or an error says `keras-solo[imagenet]`, a clone has\n"
    '`-e ".[imagenet]"`.',
    "Extras go together: `keras-solo[jax,imagenet]`.",
)
SENTENCES = {
    "README.md": (
        ("From a clone of this repository, with Python", "With Python"),
        EXTRAS_OF_A_CLONE,
    ),
    "docs/index.md": (
        ("From a clone of the repository, with Python", "With Python"),
        EXTRAS_OF_A_CLONE,
    ),
}


def released(text, page):
    """The page for those who install from PyPI."""
    text = FROM_CLONE.sub(_other('pip install "keras-solo{}"'), text)
    for before, after in SENTENCES.get(page, ()):
        text = text.replace(before, after)
    return text


def from_clone(text, page):
    """The page for those who have the sources alone."""
    only = None if page == "README.md" else BACKENDS
    text = RELEASED.sub(_other('pip install -e ".{}"', only), text)
    for before, after in SENTENCES.get(page, ()):
        if before not in text:
            text = text.replace(after, before)
    return text


def _other(command, only=None):
    """Puts another command around the same extras, or some of them only."""

    def replace(match):
        extras = match["extras"] or ""
        named = set(extras.split(","))
        if NEEDS_A_CLONE & named or (only and not only & named):
            return match[0]
        return command.format(f"[{extras}]" if extras else "")

    return replace
