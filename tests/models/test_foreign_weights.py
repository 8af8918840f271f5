"""Other people's tensors in models."""

import hashlib

import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, ResNet, SOLOv2
from keras_solo.checkpoints import (
    ForeignWeightsError,
    read_mmdet,
)
from keras_solo.layers import MaskFeatureHead
from keras_solo.models.foreign_weights import (
    assign_tensors,
    is_torch_file,
    published_tensors,
    reference_paths,
)
from keras_solo.models.published_weights import Published
from tests.mmdet_files import CLASSES, META, RANGES
from tests.torch_files import state_file


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "zip"])
def test_a_file_becomes_its_model(mmdet_file, mmdet_model, legacy):
    model = SOLOv2.from_preset(mmdet_file(legacy, **META))
    outputs = model(mmdet_model["images"].astype("float32"))
    for name, value in outputs.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(value), mmdet_model[name], atol=1e-4
        )


def test_the_config_text_is_read(mmdet_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = SOLOv2.from_preset(mmdet_file(**META))
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


def test_own_classes_keep_all_but_the_last_layer(mmdet_file):
    path = mmdet_file(**META)
    model = SOLOv2.from_preset(path, class_names=["nut", "bolt"])
    whole = SOLOv2.from_preset(path)
    assert model.class_names == ("nut", "bolt")
    np.testing.assert_array_equal(
        model.head.kernel_output.kernel.numpy(),
        whole.head.kernel_output.kernel.numpy(),
    )


def test_architecture_alone(mmdet_file):
    model = SOLOv2.from_preset(mmdet_file(**META), load_weights=False)
    assert model.num_classes == 5


def test_dtype(mmdet_file):
    path = mmdet_file(**META)
    model = SOLOv2.from_preset(path, dtype="mixed_bfloat16")
    assert model.compute_dtype == model.backbone.compute_dtype == "bfloat16"


def test_missing_and_left_over(mmdet_file):
    path = mmdet_file(
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


def test_another_shape(mmdet_file):
    five_by_five = np.zeros((8, 3, 5, 5), "float32")
    path = mmdet_file(add={"backbone.conv1.weight": five_by_five}, **META)
    with pytest.raises(ForeignWeightsError, match="shape .5, 5, 3, 8"):
        SOLOv2.from_preset(path)


def test_backbone_of_torchvision(tmp_path, mmdet_weights):
    tensors = {
        name.removeprefix("backbone."): value
        for name, value in mmdet_weights.items()
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


def test_backbone_of_a_detector(mmdet_file, mmdet_weights):
    backbone = ResNet.from_preset(mmdet_file(**META))
    np.testing.assert_array_equal(
        backbone.get_layer("conv1_bn").gamma.numpy(),
        mmdet_weights["backbone.bn1.weight"],
    )


def test_unknown_backbone():
    with pytest.raises(ValueError, match="resnet18_imagenet"):
        ResNet.from_preset("resnet1")
    # As KerasHub writes it.
    with pytest.raises(ValueError, match="Did you mean resnet50_imagenet?"):
        ResNet.from_preset("resnet_50_imagenet")


def test_names_do_not_follow_what_parts_are_called(make_model):
    plain = make_model()
    other = make_model(mask_head=MaskFeatureHead(8, 8, groups=4, name="mine"))
    assert any(v.path.startswith("mine/") for v in other.weights)
    assert reference_paths(other) == reference_paths(plain)
    assert reference_paths(plain) == [v.path for v in plain.weights]


def test_every_variable_gets_its_tensor(mmdet_file):
    path = mmdet_file(**META)
    tensors, _ = read_mmdet(path)
    model = SOLOv2.from_preset(path, load_weights=False)
    assign_tensors(model, tensors)
    np.testing.assert_array_equal(
        model.head.category_output.bias.numpy(),
        tensors["mask_head.conv_cls.bias"],
    )
    with pytest.raises(ForeignWeightsError, match="Left over: more"):
        assign_tensors(model, {**tensors, "more": np.zeros(1)})


@pytest.mark.parametrize("name", ["a.pth", "a.PT", "b/c.ckpt"])
def test_torch_files_by_name(name):
    assert is_torch_file(name) and not is_torch_file(f"{name}.keras")


def test_published_files(mmdet_file, tmp_path, monkeypatch):
    data = mmdet_file(**META).read_bytes()
    digits = hashlib.sha256(data).hexdigest()[:8]
    (tmp_path / f"theirs-{digits}.pth").write_bytes(data)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_SOLO_MIRROR", tmp_path.as_uri())
    entry = Published(f"https://nowhere.invalid/theirs-{digits}.pth", "MIT", 1)
    assert "mask_head.conv_cls.bias" in published_tensors(entry)
