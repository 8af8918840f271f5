"""Which backend is chosen, in fresh processes."""

import json
import os
import subprocess
import sys

import pytest

HIDE = """
import importlib.util, sys
real = importlib.util.find_spec
hidden = {hidden!r}
importlib.util.find_spec = (
    lambda name, *rest: None if name in hidden else real(name, *rest))
sys.path.insert(0, {root!r})
import importlib.machinery, types
package = types.ModuleType("keras_solo")
package.__path__ = [{root!r} + "/keras_solo"]
sys.modules["keras_solo"] = package
from keras_solo._backend import choose_backend
print("chosen", choose_backend())
"""
UNTOUCHED = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def choose(tmp_path, hidden=(), config=None, backend=None):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if config is not None:
        (tmp_path / "keras.json").write_text(json.dumps(config))
    env = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    env["KERAS_HOME"] = str(tmp_path)
    if backend:
        env["KERAS_BACKEND"] = backend
    # The three backends need not be installed: only their names are looked up.
    code = HIDE.format(hidden=set(hidden), root=root).replace(
        "real(name, *rest))",
        "object() if name in ('jax', 'tensorflow', 'torch') "
        "else real(name, *rest))",
    )
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "hidden, expected",
    [
        ((), "jax"),
        (("tensorflow",), "jax"),
        (("jax",), "tensorflow"),
        (("jax", "tensorflow"), "torch"),
    ],
)
def test_first_installed(tmp_path, hidden, expected):
    result = choose(tmp_path, hidden)
    assert f"chosen {expected}" in result.stdout
    assert result.stderr.count("keras-solo chose") == 1


def test_environment_decides(tmp_path):
    result = choose(tmp_path, backend="torch")
    assert "chosen None" in result.stdout and not result.stderr


def test_keras_json_decides(tmp_path):
    result = choose(tmp_path, config={"backend": "tensorflow"})
    assert "chosen None" in result.stdout


def test_what_keras_wrote_by_itself_decides_nothing(tmp_path):
    result = choose(tmp_path, hidden=("tensorflow",), config=UNTOUCHED)
    assert "chosen jax" in result.stdout


def test_broken_keras_json(tmp_path):
    (tmp_path / "keras.json").write_text("{")
    assert "chosen jax" in choose(tmp_path).stdout


def test_none_installed(tmp_path):
    result = choose(tmp_path, hidden=("jax", "tensorflow", "torch"))
    assert result.returncode != 0
    assert "ImportError" in result.stderr
    for extra in ("jax", "tensorflow", "torch"):
        assert f"keras-solo[{extra}]" in result.stderr


def test_runs_with_tensorflow_hidden(tmp_path):
    """The whole package on JAX where TensorFlow cannot be imported."""
    pytest.importorskip("jax")
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "import keras_solo, keras\n"
        "print('backend', keras.backend.backend())\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    env["KERAS_HOME"] = str(tmp_path)
    for _ in range(2):  # Keras writes keras.json in between
        result = subprocess.run(
            [sys.executable, "-c", code],
            env=env,
            capture_output=True,
            text=True,
        )
        assert "backend jax" in result.stdout, result.stderr
