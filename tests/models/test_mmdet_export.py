"""Models become files of MMDetection, and come back from them."""

import numpy as np
import pytest

from keras_solo import Intensity, Letterbox, Levels, ResNet, SOLOv2
from keras_solo.checkpoints import (
    ForeignWeightsError,
    read_torch_file,
)
from keras_solo.models import to_mmdet
from tests.mmdet_files import CLASSES, META


def test_there_and_back(mmdet_file, mmdet_weights, tmp_path):
    model = SOLOv2.from_preset(mmdet_file(**META))
    to_mmdet(model, tmp_path / "ours.pth")
    written = read_torch_file(tmp_path / "ours.pth")
    tensors = written["state_dict"]
    counters = {k for k in tensors if k.endswith("num_batches_tracked")}
    assert {k.rpartition(".")[0] for k in counters} == {
        k.rpartition(".")[0] for k in mmdet_weights if k.endswith("running_var")
    }
    assert tensors.keys() - counters == mmdet_weights.keys()
    for name, value in mmdet_weights.items():
        np.testing.assert_array_equal(tensors[name], value)
    assert written["meta"]["CLASSES"] == CLASSES
    assert [p.name for p in tmp_path.glob("ours*")] == ["ours.pth"]


def test_what_weights_do_not_say_comes_back(mmdet_file, tmp_path):
    model = SOLOv2.from_preset(
        mmdet_file(**META),
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


def test_a_semantic_head_stays_here(make_model, tmp_path):
    arguments = {"levels": Levels.for_canvas((64, 64), (8, 6, 4, 3, 2))}
    head = {"filters": 8, "num_convs": 1, "groups": 4}
    model = make_model(semantic_head=head, **arguments)
    to_mmdet(model, tmp_path / "ours.pth")
    tensors = read_torch_file(tmp_path / "ours.pth")["state_dict"]
    assert not any("semantic" in name for name in tensors)
    with pytest.warns(UserWarning, match="no semantic head"):
        back = SOLOv2.from_preset(tmp_path / "ours.pth", semantic_head=head)
    np.testing.assert_array_equal(
        back.head.kernel_output.kernel.numpy(),
        model.head.kernel_output.kernel.numpy(),
    )


def test_levels_that_mmdetection_has_not(tiny_model, tmp_path):
    with pytest.raises(ForeignWeightsError, match="P2 to P6"):
        to_mmdet(tiny_model, tmp_path / "ours.pth")
    with pytest.raises(ForeignWeightsError, match="ResNet"):
        to_mmdet(tiny_model.backbone, tmp_path / "ours.pth")


def test_folders_that_are_not_there(make_model, tmp_path):
    model = make_model(levels=Levels.for_canvas((64, 64), (8, 6, 4, 3, 2)))
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        to_mmdet(model, tmp_path / "nowhere" / "ours.pth")


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


def test_what_the_decoder_does_and_mmdetection_does_not(mmdet_file, tmp_path):
    decoder = {"nms": "hard", "class_agnostic": True}
    model = SOLOv2.from_preset(mmdet_file(**META), decoder=decoder)
    with (
        pytest.warns(UserWarning, match="not choose among masks by hard NMS"),
        pytest.warns(UserWarning, match="not compare masks of different"),
    ):
        to_mmdet(model, tmp_path / "ours.pth")
    back = SOLOv2.from_preset(tmp_path / "ours.pth")
    assert back.decoder.nms == "matrix" and not back.decoder.class_agnostic


def test_percentiles_are_not_in_the_file(mmdet_file, tmp_path):
    preprocessor = Letterbox(
        (256, 320), "fit", intensity=Intensity("percentiles")
    )
    model = SOLOv2.from_preset(mmdet_file(**META), preprocessor=preprocessor)
    with pytest.warns(UserWarning, match="does not scale .* by percentiles"):
        to_mmdet(model, tmp_path / "ours.pth")
    back = SOLOv2.from_preset(tmp_path / "ours.pth")
    assert back.preprocessor.intensity == Intensity()


def test_a_fixed_canvas_and_category_ids_come_back(mmdet_file, tmp_path):
    model = SOLOv2.from_preset(
        mmdet_file(**META),
        preprocessor=Letterbox((96, 64)),
        class_names=("a", "b", "c"),
        category_ids=(44, 1, 47),
    )
    to_mmdet(model, tmp_path / "ours.pth")
    back = SOLOv2.from_preset(tmp_path / "ours.pth")
    assert back.preprocessor == model.preprocessor
    assert back.category_ids == (44, 1, 47)
    # Of other classes they would be wrong.
    others = SOLOv2.from_preset(
        tmp_path / "ours.pth", class_names=("d", "e", "f")
    )
    assert others.category_ids is None
