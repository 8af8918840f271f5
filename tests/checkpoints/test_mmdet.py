"""MMDetection's files become tensors and arguments, and the other way."""

import numpy as np
import pytest

from keras_solo.checkpoints import (
    ForeignWeightsError,
    TorchFileError,
    read_mmdet,
    read_torch_file,
)
from keras_solo.checkpoints.mmdet import state_dict, write_mmdet
from tests.mmdet_files import CLASSES, CONFIG, META
from tests.torch_files import state_file

ONE = np.ones(1, "float32")


@pytest.mark.parametrize(
    "checkpoint",
    [{}, [], None, {"state_dict": {}}, {"state_dict": [ONE]}, {"epoch": 3}],
)
def test_nothing(checkpoint):
    with pytest.raises(ForeignWeightsError, match="a.pth has no state_dict"):
        state_dict(checkpoint, "a.pth")


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("inside", [True, False])
def test_tensors_without_counters(prefix, inside):
    tensors = {
        f"{prefix}bn1.weight": ONE,
        f"{prefix}bn1.num_batches_tracked": ONE,
        "epoch": 3,
    }
    checkpoint = {"state_dict": tensors, "meta": {}} if inside else tensors
    assert state_dict(checkpoint, "a.pth") == {"bn1.weight": ONE}


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "zip"])
def test_tensors_and_arguments(mmdet_file, mmdet_weights, legacy):
    tensors, arguments = read_mmdet(mmdet_file(legacy, **META))
    assert tensors.keys() == mmdet_weights.keys()
    for name, value in mmdet_weights.items():
        np.testing.assert_array_equal(tensors[name], value)
    assert arguments["class_names"] == CLASSES
    assert arguments["preprocessor"]["image_size"] == (128, 160)


def test_mmdetection_3_has_other_words(mmdet_file):
    config = CONFIG.replace(
        "dict(type='MultiScaleFlipAug', img_scale=(160, 128))",
        "dict(type='Resize', scale=(160, 128), keep_ratio=True)",
    )
    path = mmdet_file(cfg=config, dataset_meta={"classes": CLASSES})
    _, arguments = read_mmdet(path)
    assert arguments["class_names"] == CLASSES
    assert arguments["preprocessor"]["image_size"] == (128, 160)


def test_prefix_of_distributed_training(mmdet_file, mmdet_weights):
    tensors, arguments = read_mmdet(mmdet_file(prefix="module.", **META))
    assert tensors.keys() == mmdet_weights.keys()
    assert arguments["num_classes"] == 5


def test_files_without_weights(tmp_path):
    path = tmp_path / "empty.pth"
    path.write_bytes(state_file({}, True))
    with pytest.raises(ForeignWeightsError, match="empty.pth has no state"):
        read_mmdet(path)
    path.write_bytes(b"not found")
    with pytest.raises(TorchFileError, match="empty.pth"):
        read_mmdet(path)
    with pytest.raises(FileNotFoundError):
        read_mmdet(tmp_path / "nowhere.pth")


def test_errors_say_which_file(mmdet_file):
    path = mmdet_file(drop=("mask_head.conv_kernel.weight",), **META)
    with pytest.raises(
        ForeignWeightsError, match="theirs.pth: expected a SOLOv2"
    ):
        read_mmdet(path)


# === The way back ===


def test_written_by_their_names(tmp_path):
    kernel = np.arange(24.0).reshape(1, 2, 3, 4)
    arrays = {
        "conv1_conv/kernel": kernel,
        "conv1_bn/moving_variance": np.array([1.0, 4.0]),
    }
    write_mmdet(tmp_path / "ours.pth", arrays, "model = 1", ["a", "b"])
    written = read_torch_file(tmp_path / "ours.pth")
    assert written["meta"] == {
        "cfg": "model = 1",
        "CLASSES": ("a", "b"),
        "dataset_meta": {"classes": ("a", "b")},
    }
    tensors = written["state_dict"]
    np.testing.assert_array_equal(
        tensors.pop("backbone.conv1.weight"), kernel.transpose(3, 2, 0, 1)
    )
    assert {name: value.tolist() for name, value in tensors.items()} == {
        "backbone.bn1.running_var": [1.0, 4.0],
        "backbone.bn1.num_batches_tracked": 0,
    }


def test_written_without_names_of_classes(tmp_path):
    write_mmdet(tmp_path / "ours.pth", {}, "")
    written = read_torch_file(tmp_path / "ours.pth")
    assert written == {"meta": {"cfg": ""}, "state_dict": {}}


def test_paths_without_a_name_write_nothing(tmp_path):
    with pytest.raises(ForeignWeightsError, match="dense/kernel"):
        write_mmdet(tmp_path / "ours.pth", {"dense/kernel": ONE}, "")
    assert not list(tmp_path.iterdir())
