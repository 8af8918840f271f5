"""Every command in the pages is one that `keras-solo` understands."""

import pathlib
import re
import shlex

import pytest

from keras_solo.cli.main import build_parser

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands():
    for page in PAGES:
        for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
            block = block.replace("\\\n", " ")
            for command in re.findall(r"\bkeras-solo (.*)", block):
                yield pytest.param(command, id=f"{page.name}: {command:.30}")


@pytest.mark.parametrize("command", list(commands()))
def test_command(command):
    assert build_parser().parse_args(shlex.split(command)).run


def test_options_in_the_page_exist():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    parser = build_parser()
    known = set()
    for action in parser._subparsers._group_actions[0].choices.values():
        known |= set(action._option_string_actions)
    for option in re.findall(r"(?<!\S)`?(--[a-z-]+)", page):
        assert option in known, option
