"""`keras-solo`: reads the arguments, runs a command, words its errors."""

import argparse
import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import NoReturn

from keras_solo.cli import benchmark, demo, evaluate, predict, train
from keras_solo.cli.errors import CliError

COMMANDS = {
    "demo": demo,
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "benchmark": benchmark,
}
# What a person can act on; anything else is a mistake of ours and keeps its
# traceback.
ACTIONABLE = (CliError, ValueError, OSError, ImportError)
WRONG_USE = 2
INTERRUPTED, TERMINATED = 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments; those of the process by default.

    Returns:
        The exit code: 0 if all is done, 1 if something was left out, 2 if
        the arguments or the data are wrong or the disk is full, 130 after
        Ctrl-C, 143 after SIGTERM.
    """
    options = build_parser().parse_args(argv)
    with _short_warnings(), _heard_end():
        try:
            return options.run(options) or 0
        except KeyboardInterrupt:
            print("\nkeras-solo: interrupted", file=sys.stderr)
            return INTERRUPTED
        except SystemExit as error:
            if error.code != TERMINATED:
                raise
            print("\nkeras-solo: terminated", file=sys.stderr)
            return TERMINATED
        except ACTIONABLE as error:
            if options.debug:
                raise
            print(f"keras-solo: error: {_one_line(error)}", file=sys.stderr)
            return WRONG_USE


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog="keras-solo",
        description="SOLOv2 instance segmentation for Keras 3.",
    )
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    for name, module in COMMANDS.items():
        summary, _, details = (module.__doc__ or "").partition("\n\n")
        command = commands.add_parser(
            name,
            help=summary.rstrip("."),
            description=f"{summary}\n\n{details}".strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.add_argument(
            "--debug",
            action="store_true",
            help="show the whole traceback of an error",
        )
        command.set_defaults(run=module.run)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            WRONG_USE,
            f"keras-solo: error: {message} (see {self.prog} --help)\n",
        )


@contextlib.contextmanager
def _heard_end() -> Iterator[None]:
    """SIGTERM (of Slurm, of Docker) ends a command as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@contextlib.contextmanager
def _short_warnings() -> Iterator[None]:
    """Warnings as one line, without the place in the code."""
    usual = warnings.formatwarning

    def short(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if category is UserWarning:
            return f"keras-solo: warning: {_one_line(message)}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = short  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.formatwarning = usual


def _one_line(message: object) -> str:
    return " ".join(str(message).split()) or type(message).__name__
