"""Converters talk a lot; what they say is a note of their errors."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

STREAMS = (1, 2)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing is printed inside, by C++ code neither.

    What would have been printed is a note of an exception that is raised.

    Example:

    >>> with quiet():
    ...     print("Converting node 1 of 4711")
    """
    with tempfile.TemporaryFile() as said, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdout.flush()
        sys.stderr.flush()
        kept = [os.dup(stream) for stream in STREAMS]
        for stream in STREAMS:
            os.dup2(said.fileno(), stream)
        try:
            with (
                open(os.dup(STREAMS[0]), "w") as output,
                contextlib.redirect_stdout(output),
                contextlib.redirect_stderr(output),
            ):
                yield
        except Exception as error:
            said.seek(0)
            error.add_note(said.read().decode(errors="replace")[-4000:])
            raise
        finally:
            for copy, stream in zip(kept, STREAMS, strict=True):
                os.dup2(copy, stream)
                os.close(copy)
