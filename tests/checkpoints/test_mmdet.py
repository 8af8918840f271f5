"""MMDetection's files become models, and models become its files."""

import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, Levels, ResNet, SOLOv2
from keras_solo.checkpoints import (
    ForeignWeightsError,
    TorchFileError,
    read_mmdet,
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


# === Reading ===


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "zip"])
def test_a_file_becomes_its_model(checkpoint, mmdet_model, legacy):
    model = SOLOv2.from_preset(checkpoint(legacy, **META))
    outputs = model(mmdet_model["images"].astype("float32"))
    for name, value in outputs.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(value), mmdet_model[name], atol=1e-4
        )


def test_the_config_text_is_read(checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = SOLOv2.from_preset(checkpoint(**META))
    assert model.class_names == CLASSES
    assert model.preprocessor == Letterbox((128, 160), canvas="fit")
    assert model.levels.ranges == RANGES
    assert model.levels.grid_sizes == (10, 9, 6, 4, 3)
    assert model.backbone.frozen_stages == 2
    assert not model.backbone.norm_frozen
    decoder = model.decoder
    assert (decoder.nms_candidates, decoder.max_candidates) == (600, 600)
    assert decoder.score_threshold == 0.2
    assert decoder.mask_threshold == 0.4
    assert decoder.update_threshold == 0.01
    assert (decoder.nms_kernel, decoder.nms_sigma) == ("linear", 3.0)
    assert decoder.max_detections == 50
    assert not (tmp_path / "witness").exists()


@pytest.mark.parametrize(
    "said, frozen",
    [("frozen_stages=2, ", 2), ("frozen_stages=-1, ", 0), ("", 0)],
)
def test_frozen_stages(weights, said, frozen):
    config = CONFIG.replace("frozen_stages=2, ", said)
    backbone = architecture(weights, {"config": config})["backbone"]
    assert backbone["frozen_stages"] == frozen
    assert architecture(weights, {})["backbone"]["frozen_stages"] == 1


def test_mmdetection_3_has_other_words(checkpoint):
    config = CONFIG.replace(
        "dict(type='MultiScaleFlipAug', img_scale=(160, 128))",
        "dict(type='Resize', scale=(160, 128), keep_ratio=True)",
    )
    path = checkpoint(cfg=config, dataset_meta={"classes": CLASSES})
    _, arguments = read_mmdet(path)
    assert arguments["class_names"] == CLASSES
    assert arguments["preprocessor"]["image_size"] == (128, 160)


def test_without_a_config_the_published_ones_hold(weights):
    arguments = architecture(weights, {})
    assert arguments["num_classes"] == 5
    assert arguments["class_names"] is None
    assert arguments["preprocessor"]["image_size"] == (448, 768)
    assert arguments["head"]["groups"] == 32
    assert arguments["levels"]["grid_sizes"] == (40, 36, 24, 16, 12)
    assert arguments["decoder"] == {}


@pytest.mark.parametrize(
    "config",
    [
        "model = dict(",
        "model = [" * 5000,
        "model = __import__('os').system('false')",
        "model = 3\ntest_pipeline = dict",
        "model = dict(mask_head=dict(scale_ranges=7, num_grids='many'))",
        "a = [0]\n" + "".join(f"{'a' * n} = 0\n" for n in range(2, 50)),
        "x = (1, 1)\n" + "x = (x, x)\n" * 60 + "mean = x\nmodel = dict(a=x)",
        17,
    ],
)
def test_a_config_that_says_nothing(weights, config):
    arguments = architecture(weights, {"config": config})
    assert arguments["levels"]["grid_sizes"] == (40, 36, 24, 16, 12)


def test_prefix_of_distributed_training(checkpoint):
    path = checkpoint(prefix="module.", **META)
    assert SOLOv2.from_preset(path).num_classes == 5


def test_own_classes_keep_all_but_the_last_layer(checkpoint):
    path = checkpoint(**META)
    model = SOLOv2.from_preset(path, class_names=["nut", "bolt"])
    whole = SOLOv2.from_preset(path)
    assert model.class_names == ("nut", "bolt")
    np.testing.assert_array_equal(
        model.head.kernel_output.kernel.numpy(),
        whole.head.kernel_output.kernel.numpy(),
    )


def test_architecture_alone(checkpoint):
    model = SOLOv2.from_preset(checkpoint(**META), load_weights=False)
    assert model.num_classes == 5


def test_dtype(checkpoint):
    path = checkpoint(**META)
    model = SOLOv2.from_preset(path, dtype="mixed_bfloat16")
    assert model.compute_dtype == model.backbone.compute_dtype == "bfloat16"


# === What does not fit ===


def test_missing_and_left_over(checkpoint):
    path = checkpoint(
        drop=("neck.fpn_convs.1.conv.bias",),
        add={"ema_backbone_conv1": np.zeros(3, "float32")},
        **META,
    )
    with pytest.raises(
        ForeignWeightsError,
        match=r"neck.fpn_convs.1.conv.bias \(\(16,\) expected, nothing\)"
        ".*Left over: ema_backbone_conv1",
    ):
        SOLOv2.from_preset(path)


FIVE_BY_FIVE = np.zeros((8, 3, 5, 5), "float32")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"add": {"backbone.conv1.weight": FIVE_BY_FIVE}}, "shape .5, 5, 3, 8"),
        ({"drop": ("mask_head.conv_kernel.weight",)}, "expected a SOLOv2"),
        ({"drop": ("backbone.bn1.running_mean",)}, "batch normalisation"),
        ({"add": {"backbone.stem.0.weight": FIVE_BY_FIVE}}, "deep stem"),
        ({"config": CONFIG.replace("'pytorch'", "'caffe'")}, "caffe"),
        ({"config": CONFIG.replace("bgr_to_rgb=True", "bgr_to_rgb=False")},
         "BGR"),
        ({"config": CONFIG.replace("123.675", "103.53")}, "mean"),
        ({"config": CONFIG.replace("strides=[8", "strides=[4")}, "strides"),
    ],
)  # fmt: skip
def test_models_that_are_not_ours(checkpoint, changes, message):
    with pytest.raises(ForeignWeightsError, match=message):
        SOLOv2.from_preset(checkpoint(**{**META, **changes}))


def test_files_without_weights(tmp_path):
    path = tmp_path / "empty.pth"
    path.write_bytes(state_file({}, True))
    with pytest.raises(ForeignWeightsError, match="empty.pth has no state"):
        SOLOv2.from_preset(path)
    path.write_bytes(b"not found")
    with pytest.raises(TorchFileError, match="empty.pth"):
        SOLOv2.from_preset(path)
    with pytest.raises(FileNotFoundError):
        SOLOv2.from_preset(tmp_path / "nowhere.pth")


# === The way back ===


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


# === Backbones alone ===


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
