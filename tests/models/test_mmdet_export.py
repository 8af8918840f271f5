"""Models become files of MMDetection, and come back from them."""

import numpy as np
import pytest

from keras_solo import Letterbox, Levels, ResNet, SOLOv2
from keras_solo.checkpoints import (
    ForeignWeightsError,
    read_torch_file,
)
from keras_solo.checkpoints.mmdet_architecture import architecture
from keras_solo.models import to_mmdet
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


def test_there_and_back(checkpoint, weights, tmp_path):
    model = SOLOv2.from_preset(checkpoint(**META))
    to_mmdet(model, tmp_path / "ours.pth")
    written = read_torch_file(tmp_path / "ours.pth")
    tensors = written["state_dict"]
    counters = {k for k in tensors if k.endswith("num_batches_tracked")}
    assert {k.rpartition(".")[0] for k in counters} == {
        k.rpartition(".")[0] for k in weights if k.endswith("running_var")
    }
    assert tensors.keys() - counters == weights.keys()
    for name, value in weights.items():
        np.testing.assert_array_equal(tensors[name], value)
    assert written["meta"]["CLASSES"] == CLASSES
    assert [p.name for p in tmp_path.glob("ours*")] == ["ours.pth"]


def test_what_weights_do_not_say_comes_back(checkpoint, tmp_path):
    model = SOLOv2.from_preset(
        checkpoint(**META),
        levels=Levels.for_canvas((320, 256), (20, 18, 12, 8, 6)),
        preprocessor=Letterbox((256, 320), "fit"),
    )
    to_mmdet(model, tmp_path / "ours.pth")
    back = SOLOv2.from_preset(tmp_path / "ours.pth")
    assert back.class_names == CLASSES
    assert back.preprocessor == model.preprocessor
    assert back.levels.grid_sizes == (20, 18, 12, 8, 6)
    assert back.levels.ranges[:-1] == model.levels.ranges[:-1]
    assert back.levels.ranges[-1][1] >= 1e9
    assert back.decoder.score_threshold == 0.2
    assert back.decoder.nms_kernel == "linear"
    assert back.head.groups == back.mask_head.groups == 4
    assert back.backbone.frozen_stages == 2 and not back.backbone.norm_frozen


def test_levels_that_mmdetection_has_not(tiny_model, tmp_path):
    with pytest.raises(ForeignWeightsError, match="P2 to P6"):
        to_mmdet(tiny_model, tmp_path / "ours.pth")
    with pytest.raises(ForeignWeightsError, match="ResNet"):
        to_mmdet(tiny_model.backbone, tmp_path / "ours.pth")


def test_folders_that_are_not_there(make_model, tmp_path):
    model = make_model(levels=Levels.for_canvas((64, 64), (8, 6, 4, 3, 2)))
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        to_mmdet(model, tmp_path / "nowhere" / "ours.pth")


def test_means_that_are_not_the_model_s(weights):
    config = CONFIG + "albu = [dict(type='Normalize', mean=[0.5], std=[1.0])]"
    assert architecture(weights, {"config": config})["num_classes"] == 5


def test_torch_reads_what_we_write(make_model, tmp_path):
    torch = pytest.importorskip("torch")
    tiny_model = make_model(levels=Levels.for_canvas((64, 64), (8, 6, 4, 3, 2)))
    to_mmdet(tiny_model, tmp_path / "ours.pth")
    read = torch.load(tmp_path / "ours.pth", weights_only=True)
    bias = read["state_dict"]["mask_head.conv_cls.bias"]
    np.testing.assert_array_equal(
        bias.numpy(), tiny_model.head.category_output.bias.numpy()
    )
    assert read["meta"]["CLASSES"] == tiny_model.class_names


def test_no_way_back_for_other_backbones(make_model, tmp_path):
    backbone = ResNet(
        block="basic",
        num_blocks=(1, 1, 1, 1),
        filters=(4, 4, 8, 8),
        stem_filters=4,
        norm="group",
    )
    with pytest.raises(ForeignWeightsError, match="batch normalisation"):
        to_mmdet(make_model(backbone=backbone), tmp_path / "ours.pth")
    assert not (tmp_path / "ours.pth").exists()
