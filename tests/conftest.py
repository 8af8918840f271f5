# ruff: noqa: E402 - what compilers read is set before they are imported.
import os
import pathlib
import signal
import warnings

from tests import quick_programs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
quick_programs.before_keras()

# A shell's background jobs ignore Ctrl-C, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything is imported whose lines count.
if "TWIN_COVERAGE" in os.environ:
    from tests.twin_coverage import Measured  # isort: skip

    PLUGINS = [Measured(os.environ["TWIN_COVERAGE"])]
else:
    PLUGINS = []

# First of all: it chooses a backend, before Keras loads, and says which.
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    from keras_solo import Letterbox, Levels, ResNet, SOLOv2  # isort: skip

import keras
import numpy as np
import pytest

from tests.backend_use import Noted, SkipTested, unseen
from tests.torch_files import state_file

if keras.backend.backend() == "tensorflow":
    quick_programs.on_tensorflow()
if keras.backend.backend() == "jax":
    PLUGINS.append(quick_programs.Forgotten())
if "BACKEND_USE" in os.environ:
    PLUGINS.append(Noted(os.environ["BACKEND_USE"]))
if "TESTED_IN" in os.environ:
    PLUGINS.append(SkipTested(os.environ["TESTED_IN"]))


def pytest_configure(config):
    for plugin in PLUGINS:
        config.pluginmanager.register(plugin)


@pytest.fixture(autouse=True)
def _seeded():
    # For all tests alike, also for those that use no backend.
    with unseen():
        keras.utils.set_random_seed(0)


def make_tiny_model(**kwargs):
    """A SOLOv2 of a few thousand weights on 64 x 64 canvases."""
    arguments = {
        "backbone": ResNet(
            block="basic",
            num_blocks=(1, 1, 1, 1),
            filters=(4, 4, 8, 8),
            stem_filters=4,
            dtype=kwargs.get("dtype"),
        ),
        "class_names": ("circle", "rectangle", "triangle"),
        "preprocessor": Letterbox((64, 64)),
        "levels": Levels.for_canvas((64, 64), (8, 4), ("P3", "P4")),
        "head": {
            "filters": 8,
            "num_convs": 1,
            "kernel_filters": 8,
            "groups": 4,
            "prior_probability": 0.1,
        },
        "pyramid_filters": 8,
        "mask_head": {"filters": 8},
    }
    return SOLOv2(**{**arguments, **kwargs})


@pytest.fixture
def tiny_model():
    return make_tiny_model()


@pytest.fixture(scope="session")
def make_model():
    return make_tiny_model


@pytest.fixture
def tiny_batch():
    """Two 64 x 64 images, three object slots: two objects, one, none."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 64, 64, 3)).astype("uint8")
    masks = np.zeros((2, 3, 16, 16), "uint8")
    masks[0, 0, 2:8, 3:9] = 1
    masks[0, 1, 6:14, 5:15] = 1
    masks[1, 0, 1:15, 2:12] = 1
    labels = np.array([[1, 0, -1], [2, -1, -1]], "int32")
    return images, {"masks": masks, "labels": labels}


@pytest.fixture(scope="session")
def mmdet_cases():
    """Small cases as MMDetection 3.3 computes them."""
    path = pathlib.Path(__file__).parent / "fixtures" / "mmdet_cases.npz"
    with np.load(path) as file:
        return dict(file)


@pytest.fixture(scope="session")
def mmdet_model():
    """A small SOLOv2 of MMDetection 3.3: weights, inputs, all outputs."""
    path = pathlib.Path(__file__).parent / "fixtures" / "mmdet_model.npz"
    with np.load(path) as file:
        return dict(file)


@pytest.fixture(scope="session")
def mmdet_weights(mmdet_model):
    """The weights of that model, by MMDetection's names."""
    return {
        key.removeprefix("weight."): value.astype("float32")
        for key, value in mmdet_model.items()
        if key.startswith("weight.")
    }


@pytest.fixture
def mmdet_file(tmp_path, mmdet_weights):
    """Writes a checkpoint of that model, as it is or changed."""

    def write(legacy=True, drop=(), add=None, prefix="", **meta):
        kept = {k: v for k, v in mmdet_weights.items() if k not in drop}
        tensors = {prefix + k: v for k, v in {**kept, **(add or {})}.items()}
        path = tmp_path / "theirs.pth"
        path.write_bytes(state_file(tensors, legacy, **meta))
        return path

    return write
