"""Where the links of a page lead, and whether there is anything."""

import functools
import importlib
import re

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)", re.S)
HEADING = re.compile(r"^#+ +(.+)$", re.M)
DOCUMENTED = re.compile(r"^::: (\S+)$", re.M)


def links(text):
    """Targets of the links of a text, as they are written."""
    return LINK.findall(text)


def leads_somewhere(page, target):
    """Whether a page's link has a file and an anchor, or goes elsewhere."""
    if re.match(r"\w+:", target):
        return True
    file, _, anchor = target.partition("#")
    path = page if not file else page.parent / file
    if not path.is_file():
        return False
    return not anchor or anchor in anchors(path) or is_public(path, anchor)


@functools.cache
def anchors(path):
    """The anchors of a page's headings."""
    text = path.read_text(encoding="utf-8")
    return {slug(heading) for heading in HEADING.findall(text)}


def slug(heading):
    """As Python-Markdown has it."""
    words = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading)
    words = re.sub(r"[^\w\s-]", "", words).strip().lower()
    return re.sub(r"[-\s]+", "-", words)


def is_public(path, name):
    """Whether a page of the reference documents a name, or its owner."""
    documented = DOCUMENTED.findall(path.read_text(encoding="utf-8"))
    for owner in documented:
        if name == owner or name.startswith(f"{owner}."):
            module, _, kind = owner.rpartition(".")
            value = getattr(importlib.import_module(module), kind)
            members = name.removeprefix(owner).split(".")[1:]
            return all(
                (value := getattr(value, member, None)) is not None
                for member in members
            )
    return False
