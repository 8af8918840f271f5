"""`import keras_solo` is hardly heavier than `import keras`."""

import subprocess
import sys

import keras
import pytest

HEAVY = {"tensorflow", "torch", "matplotlib", "keras_hub", "keras_cv", "PIL"}


def modules_after(statement):
    code = f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')"
    output = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {line.split(".")[0] for line in output.splitlines()}


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="backends differ")
def test_adds_nothing_heavy():
    added = modules_after("import keras_solo") - modules_after("import keras")
    assert "keras_solo" in added
    assert not added & HEAVY
