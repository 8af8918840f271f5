import gzip
import json
import pathlib

import numpy as np
import pytest

from keras_solo import ResNet, SOLOv2
from keras_solo.checkpoints import mmdet
from keras_solo.models import presets

# The names and shapes of the tensors of each published configuration.
KEYS = pathlib.Path(__file__).parents[1] / "fixtures" / "mmdet_keys.json.gz"

# Weights and, of these, those that train: facts of the published configs.
PUBLISHED = {
    "solov2_r50_fpn_1x_coco": (46_592_912, 46_367_568),
    "solov2_r50_fpn_3x_coco": (46_592_912, 46_367_568),
    "solov2_r101_fpn_3x_coco": (65_585_040, 65_359_696),
    "solov2_r101_dcn_fpn_3x_coco": (68_729_118, None),
    "solov2_x101_dcn_fpn_3x_coco": (113_420_574, None),
    "solov2_light_r18_fpn_3x_coco": (18_271_760, 18_114_256),
    "solov2_light_r34_fpn_3x_coco": (28_379_920, None),
    "solov2_light_r50_fpn_3x_coco": (31_340_560, None),
    "solov2_light_r50_dcn_fpn_3x_coco": (33_516_965, None),
}


def size(variables):
    return sum(int(np.prod(variable.shape)) for variable in variables)


@pytest.fixture(scope="module")
def published_tensors():
    """Tensors of zeros, of every published configuration."""
    shapes = json.loads(gzip.decompress(KEYS.read_bytes()))
    zero = np.float32(0)
    return {
        name: {
            key: np.broadcast_to(zero, shape)
            for key, shape in tensors.items()
            if not key.endswith("num_batches_tracked")
        }
        for name, tensors in shapes.items()
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_reference_configurations(name, published_tensors):
    model = SOLOv2.from_preset(name, load_weights=False)
    shapes = {v.path: v.shape for v in model.weights}
    values = mmdet.values(published_tensors[name], shapes)
    assert values.keys() == shapes.keys()
    total, trainable = PUBLISHED[name]
    statistics = [v for v in model.variables if "moving" in v.path]
    assert model.count_params() - size(statistics) == total
    if trainable:
        assert size(model.trainable_variables) == trainable
    assert len(model.class_names) == 80
    assert model.preprocessor.canvas == "fit"
    assert model.levels.num_cells == 3872


@pytest.mark.parametrize("name", PUBLISHED)
def test_architectures_are_read_off_names_and_shapes(name, published_tensors):
    """What a file says without a config is the preset, in other words."""
    read = mmdet.architecture(published_tensors[name], {})
    preset = presets.ARCHITECTURES[name]
    assert ResNet(**read["backbone"]).count_params() == (
        ResNet(**preset["backbone"]).count_params()
    )
    for key in ("norm_frozen", "frozen_stages", "deformable_stages"):
        assert read["backbone"][key] == preset["backbone"].get(key, ())
    assert read["num_classes"] == 80
    assert read["preprocessor"] == preset["preprocessor"]
    assert read["levels"] == preset["levels"]
    assert read["head"] == {"groups": 32, **preset["head"]}
    assert read["mask_head"]["deformable"] == preset["mask_head"]["deformable"]


def test_all_names_are_described():
    assert set(SOLOv2.presets) == {*PUBLISHED, "solov2_tiny_shapes"}
    assert "mask AP 37.5" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    assert "Apache-2.0" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    without = [n for n, text in SOLOv2.presets.items() if "without" in text]
    assert without == ["solov2_light_r50_dcn_fpn_3x_coco"]


def test_addresses():
    published = presets.PUBLISHED
    assert len(published) == 8
    assert set(published) < set(presets.ARCHITECTURES)
    addresses = [p.address for p in published.values()]
    assert len(set(addresses)) == 8
    for entry in (
        *published.values(),
        *(p for _, p in presets.BACKBONES.values()),
    ):
        assert entry.address.startswith("https://")
        assert len(entry.sha256) == 8
        int(entry.sha256, 16)
    assert published["solov2_r50_fpn_3x_coco"].address == (
        "https://download.openmmlab.com/mmdetection/v2.0/solov2/"
        "solov2_r50_fpn_3x_coco/"
        "solov2_r50_fpn_3x_coco_20220512_125856-fed092d4.pth"
    )


def test_coco_classes():
    names = presets.COCO_CLASS_NAMES
    assert len(set(names)) == 80
    assert names[0] == "person" and names[79] == "toothbrush"


def test_own_classes_backbone_and_canvas():
    model = SOLOv2.from_preset(
        "solov2_tiny_shapes",
        load_weights=False,
        class_names=["nut", "bolt"],
        preprocessor={"image_size": (64, 96)},
        backbone=ResNet(
            block="basic",
            num_blocks=(1, 1, 1, 1),
            filters=(4, 4, 8, 8),
            stem_filters=4,
        ),
    )
    assert model.num_classes == 2
    assert model.preprocessor.image_size == (64, 96)


def test_weights_that_nobody_published():
    with pytest.raises(ValueError, match="load_weights=False"):
        SOLOv2.from_preset("solov2_light_r50_dcn_fpn_3x_coco")


def test_unknown_preset(tmp_path):
    with pytest.raises(ValueError, match="solov2_tiny_shapes"):
        SOLOv2.from_preset("solov3")
    with pytest.raises(ValueError, match="config.json"):
        SOLOv2.from_preset(tmp_path)
