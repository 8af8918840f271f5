"""Where the project lives, which one constant says.

`ADDRESS` is `None` until there is a public repository. While it is, nothing in
the project pretends to know it: there are no project URLs in the metadata, no
badges that open a notebook in Colab, no `repo_url` of the documentation, no
`repository-code` of the citation, and the README's links are relative, which
on PyPI lead nowhere. `python -m tests.release.check` lists what is left out,
and `--final`, as a release is published, refuses it.

Once it is set, as `https://github.com/OWNER/NAME`, `python -m
tests.release.switch` with either of its options writes all of these.
"""

import re

ADDRESS: str | None = None
BRANCH = "main"
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com"
FORM = re.compile(rf"{re.escape(GITHUB)}[\w.-]+/[\w.-]+(?<!\.git)")


def checked(address):
    """The address itself, if it has the form from which the others follow."""
    if address is not None and not FORM.fullmatch(address):
        raise ValueError(f"Expected {GITHUB}OWNER/NAME, received {address!r}.")
    return address


def page(address, path):
    """Where a file is shown."""
    return f"{address}/blob/{BRANCH}/{path}"


def content(address, path):
    """Where the bytes of a file are, for pictures."""
    return f"{address}/raw/{BRANCH}/{path}"


def colab_badge(address, notebook):
    """Markdown, in one word, of a picture that opens a notebook."""
    place = address.removeprefix(GITHUB)
    link = f"{COLAB}/github/{place}/blob/{BRANCH}/{notebook}"
    return f"[![Colab]({COLAB}/assets/colab-badge.svg)]({link})"


def project_urls(address):
    """What PyPI shows beside the description."""
    return {
        "Homepage": address,
        "Documentation": f"{address}/tree/{BRANCH}/docs",
        "Changelog": page(address, "CHANGELOG.md"),
        "Issues": f"{address}/issues",
    }
