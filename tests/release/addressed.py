"""What follows from the repository's address, in the files that say it.

Each function takes a text, the address that was written last and the one that
is now; either is `None` where there is none. So each can be undone.
"""

import re

from tests.release import repository

CODE = r"^```.*?^```$|`[^`\n]+`"
LINK = r"(?P<before>!?\[[^\]]*\]\()(?P<to>[^)\s]+)(?=\))"
CODE_OR_LINK = re.compile(f"{CODE}|{LINK}", re.MULTILINE | re.DOTALL)
BADGE = re.compile(r"^#\n# \[!\[Colab\]\(.*\n", re.MULTILINE)
TITLE = re.compile(r"\A# %% \[markdown\]\n# # .*\n")
URLS = re.compile(r"^\[project\.urls\]\n(?:.+\n)*\n", re.MULTILINE)
SCRIPTS = "[project.scripts]\n"
HOMEPAGE = re.compile(r'^Homepage = "(.*)"$', re.MULTILINE)
REPO_URL = re.compile(r"^repo_url: .*\n", re.MULTILINE)
SITE = re.compile(r"^site_description: .*\n", re.MULTILINE)
CODE_AT = re.compile(r"^repository-code: .*\n", re.MULTILINE)
LICENCE = re.compile(r"^license: .*\n", re.MULTILINE)


def written_last(pyproject):
    """The address that the metadata has now."""
    found = HOMEPAGE.search(pyproject)
    return found and found[1]


def readme(text, before, now):
    """Links and pictures that are found from PyPI, too."""

    def replace(match):
        if match["to"] is None:
            return match[0]
        to, picture = match["to"], match["before"].startswith("!")
        place = repository.content if picture else repository.page
        if before:
            to = to.removeprefix(place(before, ""))
        if now and is_relative(to):
            to = place(now, to)
        return match["before"] + to

    return CODE_OR_LINK.sub(replace, text)


def is_relative(link):
    """Whether a link is to a file of this repository."""
    return not re.match(r"[a-z]+:|//|#", link)


def tutorial(text, notebook, now):
    """A tutorial's script with a badge below its title."""
    text = BADGE.sub("", text)
    if now is None:
        return text
    badge = repository.colab_badge(now, notebook)
    return _after(TITLE, text, f"#\n# {badge}\n")


def pyproject(text, now):
    """The metadata with project URLs."""
    text = URLS.sub("", text)
    if now is None:
        return text
    urls = repository.project_urls(now).items()
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls)
    return text.replace(SCRIPTS, f"[project.urls]\n{lines}\n{SCRIPTS}")


def mkdocs(text, now):
    """The documentation with a link to its sources."""
    text = REPO_URL.sub("", text)
    return _after(SITE, text, f"repo_url: {now}\n") if now else text


def citation(text, now):
    """The citation with the address of the code."""
    text = CODE_AT.sub("", text)
    line = f'repository-code: "{now}"\n'
    return _after(LICENCE, text, line) if now else text


def _after(pattern, text, addition):
    found = pattern.search(text)
    if found is None:
        raise ValueError(f"There is no line like {pattern.pattern!r}.")
    return text[: found.end()] + addition + text[found.end() :]
