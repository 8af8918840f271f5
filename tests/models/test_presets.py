import numpy as np
import pytest

from keras_solo import ResNet, SOLOv2
from keras_solo.models import presets

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


@pytest.mark.parametrize("name", PUBLISHED)
def test_reference_configurations(name):
    model = SOLOv2.from_preset(name, load_weights=False)
    total, trainable = PUBLISHED[name]
    statistics = [v for v in model.variables if "moving" in v.path]
    assert model.count_params() - size(statistics) == total
    if trainable:
        assert size(model.trainable_variables) == trainable
    assert len(model.class_names) == 80
    assert model.preprocessor.canvas == "fit"
    assert model.levels.num_cells == 3872


def test_all_names_are_described():
    assert set(SOLOv2.presets) == {*PUBLISHED, "solov2_tiny_shapes"}
    for text in SOLOv2.presets.values():
        assert "weights" in text


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


def test_weights_that_do_not_exist_yet():
    with pytest.raises(ValueError, match="load_weights=False"):
        SOLOv2.from_preset("solov2_r50_fpn_1x_coco")


def test_unknown_preset(tmp_path):
    with pytest.raises(ValueError, match="solov2_tiny_shapes"):
        SOLOv2.from_preset("solov3")
    with pytest.raises(ValueError, match="config.json"):
        SOLOv2.from_preset(tmp_path)
