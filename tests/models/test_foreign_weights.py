"""Other people's tensors in models."""

import hashlib

import numpy as np
import pytest

from keras_solo import ResNet, SOLOv2
from keras_solo.checkpoints import (
    ForeignWeightsError,
    read_mmdet,
)
from keras_solo.layers import MaskFeatureHead
from keras_solo.models.foreign_weights import (
    fill,
    is_torch_file,
    published_tensors,
    reference_paths,
)
from keras_solo.models.published_weights import Published
from tests.torch_files import state_file

RANGES = ((1, 24), (12, 48), (24, 96), (48, 192), (96, 512))
CONFIG = f"""
dataset_type = 'CocoDataset'
ranges = {RANGES}
model = dict(
    type='SOLOv2',
    backbone=dict(type='ResNet', depth=18, frozen_stages=2, norm_eval=False,
                  style='pytorch'),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53],
                           std=[58.395, 57.12, 57.375], bgr_to_rgb=True),
    mask_head=dict(
        num_grids=[10, 9, 6, 4, 3], scale_ranges=ranges,
        strides=[8, 8, 16, 32, 32],
        norm_cfg=dict(type='GN', num_groups=4),
        mask_feature_head=dict(norm_cfg=dict(type='GN', num_groups=4))),
    test_cfg=dict(nms_pre=600, score_thr=0.2, mask_thr=0.4, filter_thr=0.01,
                  kernel='linear', sigma=3.0, max_per_img=50))
train_pipeline = [dict(type='Resize', img_scale=(2000, 1000))]
test_pipeline = [dict(type='MultiScaleFlipAug', img_scale=(160, 128))]
open('witness', 'w')
"""
CLASSES = ("ant", "bee", "cat", "dog", "eel")


@pytest.fixture(scope="module")
def weights(mmdet_model):
    return {
        key.removeprefix("weight."): value.astype("float32")
        for key, value in mmdet_model.items()
        if key.startswith("weight.")
    }


@pytest.fixture
def checkpoint(tmp_path, weights):
    def write(legacy=True, drop=(), add=None, prefix="", **meta):
        tensors = {k: v for k, v in weights.items() if k not in drop}
        tensors = {prefix + k: v for k, v in {**tensors, **(add or {})}.items()}
        path = tmp_path / "theirs.pth"
        path.write_bytes(state_file(tensors, legacy, **meta))
        return path

    return write


META = {"config": CONFIG, "CLASSES": CLASSES}


def test_backbone_of_torchvision(tmp_path, weights):
    tensors = {
        name.removeprefix("backbone."): value
        for name, value in weights.items()
        if name.startswith("backbone.")
    }
    tensors["fc.weight"] = np.zeros((10, 64), "float32")
    tensors["fc.bias"] = np.zeros(10, "float32")
    path = tmp_path / "resnet.pth"
    path.write_bytes(state_file(tensors, False))
    backbone = ResNet.from_preset(path, norm_frozen=True)
    assert backbone.norm_frozen
    np.testing.assert_array_equal(
        backbone.get_layer("conv1_conv").kernel.numpy(),
        tensors["conv1.weight"].transpose(2, 3, 1, 0),
    )


def test_backbone_of_a_detector(checkpoint, weights):
    backbone = ResNet.from_preset(checkpoint(**META))
    np.testing.assert_array_equal(
        backbone.get_layer("conv1_bn").gamma.numpy(),
        weights["backbone.bn1.weight"],
    )


def test_unknown_backbone():
    with pytest.raises(ValueError, match="resnet18_imagenet"):
        ResNet.from_preset("resnet1")


def test_names_do_not_follow_what_parts_are_called(make_model):
    plain = make_model()
    other = make_model(mask_head=MaskFeatureHead(8, 8, groups=4, name="mine"))
    assert any(v.path.startswith("mine/") for v in other.weights)
    assert reference_paths(other) == reference_paths(plain)
    assert reference_paths(plain) == [v.path for v in plain.weights]


def test_every_variable_gets_its_tensor(checkpoint):
    path = checkpoint(**META)
    tensors, _ = read_mmdet(path)
    model = SOLOv2.from_preset(path, load_weights=False)
    fill(model, tensors)
    np.testing.assert_array_equal(
        model.head.category_output.bias.numpy(),
        tensors["mask_head.conv_cls.bias"],
    )
    with pytest.raises(ForeignWeightsError, match="Left over: more"):
        fill(model, {**tensors, "more": np.zeros(1)})


@pytest.mark.parametrize("name", ["a.pth", "a.PT", "b/c.ckpt"])
def test_torch_files_by_name(name):
    assert is_torch_file(name) and not is_torch_file(f"{name}.keras")


def test_published_files(checkpoint, tmp_path, monkeypatch):
    data = checkpoint(**META).read_bytes()
    digits = hashlib.sha256(data).hexdigest()[:8]
    (tmp_path / f"theirs-{digits}.pth").write_bytes(data)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_SOLO_MIRROR", tmp_path.as_uri())
    entry = Published(f"https://nowhere.invalid/theirs-{digits}.pth", "MIT")
    assert "mask_head.conv_cls.bias" in published_tensors(entry)
