"""The door of the command line: help, errors, exit codes."""

import os
import signal
import subprocess
import sys
import time
import warnings

import pytest

from keras_solo.cli import demo
from keras_solo.cli.errors import CliError
from keras_solo.cli.main import COMMANDS, main, run_and_exit
from tests.backend_use import once


def raising(error):
    def run(options):
        raise error

    return run


def test_help_names_every_command(keras_solo):
    code, output, _ = keras_solo("--help")
    assert code == 0
    starts = [line.split()[0] for line in output.splitlines() if line]
    assert all(name in starts for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(keras_solo, name):
    code, output, _ = keras_solo(name, "--help")
    assert code == 0
    assert COMMANDS[name].__doc__.split("\n")[0] in " ".join(output.split())
    assert "--debug" in output


@pytest.mark.parametrize("arguments", [(), *((name,) for name in COMMANDS)])
def test_help_fits_80_columns(keras_solo, monkeypatch, arguments):
    monkeypatch.setenv("COLUMNS", "80")
    _, output, _ = keras_solo(*arguments, "--help")
    assert max(map(len, output.splitlines())) <= 80


@once
def test_runs_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "keras_solo.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "usage: keras-solo" in result.stdout


def test_no_command(error_of):
    assert "COMMAND" in error_of()


def test_unknown_command(error_of):
    assert "'trian'" in error_of("trian")
    assert "see keras-solo train --help" in error_of("train", "--epochs", "0")


@pytest.mark.parametrize(
    "error",
    [
        CliError("no such\nfile"),
        ValueError("no such file"),
        FileNotFoundError("no such file"),
        ImportError("no such file"),
    ],
)
def test_an_error_is_one_line(error_of, monkeypatch, error):
    monkeypatch.setattr(demo, "run", raising(error))
    assert error_of("demo") == "keras-solo: error: no such file"


def test_debug_shows_where(monkeypatch):
    monkeypatch.setattr(demo, "run", raising(CliError("no such file")))
    with pytest.raises(CliError):
        main(["demo", "--debug"])


def test_our_own_mistakes_keep_their_traceback(monkeypatch):
    monkeypatch.setattr(demo, "run", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["demo"])


def test_terminated(keras_solo, monkeypatch):
    def run(options):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(demo, "run", run)
    code, _, error = keras_solo("demo")
    assert code == 143
    assert error == "\nkeras-solo: terminated\n"
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("code", [0, 1, 2, 130, 143])
def test_the_process_ends_with_the_code(monkeypatch, code):
    monkeypatch.setattr("keras_solo.cli.main.main", lambda: code)
    monkeypatch.setattr(os, "_exit", lambda code: sys.exit(f"at once {code}"))
    with pytest.raises(SystemExit) as ended:
        run_and_exit()
    assert ended.value.code == (f"at once {code}" if code > 2 else code)


def test_another_exit(monkeypatch):
    monkeypatch.setattr(demo, "run", raising(SystemExit(3)))
    with pytest.raises(SystemExit, match="3"):
        main(["demo"])


@once
def test_the_backend_is_named_where_something_runs(tmp_path):
    """One line, without a path; `--help` and `--version` are silent."""
    env = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    env["KERAS_HOME"] = str(tmp_path)

    def said(*arguments):
        error = subprocess.run(
            [sys.executable, "-m", "keras_solo.cli", *arguments],
            capture_output=True,
            text=True,
            env=env,
        ).stderr
        # TensorFlow has words of its own.
        return [line for line in error.splitlines() if "keras-solo" in line]

    assert said("--help") == said("train", "--help") == said("--version") == []
    lines = said("predict", "--preset", "x.keras")
    assert len(lines) == 1 and "the following arguments" in lines[0]
    lines = said("predict", "--preset", "x", "y", "--output", "z")
    assert len(lines) == 2 and lines[0].startswith("keras-solo: on ")


def test_interrupted(keras_solo, monkeypatch):
    monkeypatch.setattr(demo, "run", raising(KeyboardInterrupt()))
    code, _, error = keras_solo("demo")
    assert code == 130
    assert error == "\nkeras-solo: interrupted\n"


def test_warnings_are_short(keras_solo, monkeypatch):
    usual = warnings.formatwarning

    def run(options):
        warnings.warn("this\nand that", stacklevel=1)
        return 0

    monkeypatch.setattr(demo, "run", run)
    with warnings.catch_warnings():
        # Pytest would collect them.
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, category, *place: print(
            warnings.formatwarning(message, category, *place[:2]), end=""
        )
        code, output, _ = keras_solo("demo")
    assert (code, output) == (0, "keras-solo: warning: this and that\n")
    assert warnings.formatwarning is usual
