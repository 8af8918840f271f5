"""Exporting from a backend that cannot: another process does it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from keras_solo.export.agreement import WrongFile
from keras_solo.models import SOLOv2


def export_elsewhere(model: SOLOv2, options: Sequence[str]) -> None:
    """Runs `keras-solo export` on TensorFlow, with a copy of the model.

    Args:
        model: Built of what this package, or Keras itself, can build again.
        options: Of the command, beside `--preset`.

    Raises:
        WrongFile: If the other process fails, with its last words.
    """
    with tempfile.TemporaryDirectory() as folder:
        preset = pathlib.Path(folder, "preset")
        model.save_to_preset(preset)
        command = [sys.executable, "-m", "keras_solo.cli", "export"]
        result = subprocess.run(
            [*command, "--preset", str(preset), *options],
            env={**os.environ, "KERAS_BACKEND": "tensorflow"},
            capture_output=True,
            text=True,
        )
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise WrongFile(
            "The process that exports on TensorFlow failed: "
            + last.removeprefix("keras-solo: error: ")
        )
