"""`keras-solo`: reads the arguments, runs a command, words its errors."""

import argparse
import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import NoReturn

from keras_solo.cli import (
    benchmark,
    check,
    convert,
    demo,
    evaluate,
    export,
    predict,
    train,
)
from keras_solo.cli.errors import CliError, as_options, one_line
from keras_solo.cli.parsing import WRONG_USE, Parser, Version
from keras_solo.cli.report import say_backend

COMMANDS = {
    "demo": demo,
    "check": check,
    "convert": convert,
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "export": export,
    "benchmark": benchmark,
}
# What a person can act on; anything else is a mistake of ours and keeps its
# traceback.
ACTIONABLE = (CliError, ValueError, OSError, ImportError)
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
            say_backend()
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
            problem = as_options(one_line(error))
            print(f"keras-solo: error: {problem}", file=sys.stderr)
            return WRONG_USE


def run_and_exit() -> NoReturn:
    """`keras-solo`: runs one command, and ends the process with its code."""
    code = main()
    if code in (INTERRUPTED, TERMINATED):
        # At once: what was interrupted while it compiled may crash a process
        # that takes itself apart.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(
        prog="keras-solo",
        description="SOLOv2 instance segmentation for Keras 3.",
    )
    parser.add_argument(
        "--version",
        action=Version,
        help="show the versions of this package, of Keras and the backend, "
        "and the device",
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
            problem = as_options(one_line(message))
            return f"keras-solo: warning: {problem}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = short  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.formatwarning = usual
