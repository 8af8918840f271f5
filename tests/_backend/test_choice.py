"""Which backend is chosen, in fresh processes."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import warnings

import pytest

from keras_solo._backend import choice

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
from keras_solo._backend.choice import choose_backend
print("chosen", choose_backend())
"""
UNTOUCHED = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def choose(tmp_path, hidden=(), config=None, backend=None):
    root = str(pathlib.Path(__file__).parents[2])
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


# === In this process, as if Keras were not imported yet ===


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Nobody has chosen; says which backends are installed."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "somebody's")
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(choice, "chosen", None)

    def installed(*names):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: name in names or None
        )

    return installed


def test_nothing_is_installed(fresh):
    fresh()
    with pytest.raises(ImportError, match=r"keras-solo\[jax\].*\[torch\]"):
        choice.choose_backend()


def test_the_first_installed_is_taken_and_said(fresh):
    fresh("tensorflow", "torch")
    with pytest.warns(UserWarning, match="chose the tensorflow backend"):
        assert choice.choose_backend() == "tensorflow"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert choice.choose_backend() is None


@pytest.mark.parametrize(
    "argv, started",
    [
        (["/usr/bin/keras-solo"], ["python", "/usr/bin/keras-solo"]),
        (["keras-solo.exe"], ["keras-solo.exe"]),
        (["-m"], ["python", "-W", "error", "-m", "keras_solo.cli", "train"]),
    ],
)
def test_the_command_says_it_by_itself(fresh, monkeypatch, argv, started):
    fresh("torch")
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", started)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choice.choose_backend() == "torch"
    assert choice.chosen == "torch"


@pytest.mark.parametrize(
    "config, is_choice",
    [
        ("{", False),
        ("{}", False),
        (json.dumps(choice.UNTOUCHED_CONFIG), False),
        (json.dumps({"backend": "torch"}), True),
    ],
)
def test_a_choice_in_the_config_file(fresh, tmp_path, config, is_choice):
    fresh("jax")
    (tmp_path / "keras.json").write_text(config)
    if is_choice:
        assert choice.choose_backend() is None
    else:
        with pytest.warns(UserWarning, match="jax"):
            assert choice.choose_backend() == "jax"
