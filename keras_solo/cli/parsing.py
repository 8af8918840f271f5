"""How a command line is read: one line for what is wrong in it."""

import argparse
import difflib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from keras_solo.evaluation.machine import versions

WRONG_USE = 2


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations.

    What a command does not know, the command answers itself, and names the
    option that was meant.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        typed = sys.argv[1:] if args is None else list(args)
        if self._subparsers is None:
            # First of all: a wrong name may be why a required one is missing.
            own = typed[: typed.index("--")] if "--" in typed else typed
            self._refuse([word for word in own if self._is_new(word)])
        found, unknown = super().parse_known_args(typed, namespace)
        self._refuse(unknown)
        return found, unknown

    def _is_new(self, word: str) -> bool:
        name = word.partition("=")[0]
        return word[:2] == "--" and name not in self._option_string_actions

    def _refuse(self, unknown: Sequence[str]) -> None:
        if unknown:
            self.error(f"unknown {' '.join(unknown)}{self._meant(unknown[0])}")

    def _meant(self, typed: str) -> str:
        name = typed.partition("=")[0]
        near = difflib.get_close_matches(name, self._option_string_actions, 1)
        longer = [
            known
            for known in self._option_string_actions
            if len(name) > 2 and known.startswith(name)
        ]
        names = longer or near
        return f": did you mean {' or '.join(sorted(names))}?" if names else ""

    def error(self, message: str) -> NoReturn:
        self.exit(
            WRONG_USE,
            f"keras-solo: error: {message} (see {self.prog} --help)\n",
        )


class Version(argparse.Action):
    """`--version`: looked up only when somebody asks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(
        self, parser: argparse.ArgumentParser, *values: object
    ) -> None:
        print(versions())
        parser.exit()
