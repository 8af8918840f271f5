import gzip
import json
import pathlib

import numpy as np
import pytest

from keras_solo import ResNet, SOLOv2
from keras_solo.checkpoints.mmdet_architecture import architecture
from keras_solo.checkpoints.mmdet_names import values
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.coco_classes import COCO_CATEGORY_IDS
from tests.backend_use import once

# The names and shapes of the tensors of each published configuration.
KEYS = pathlib.Path(__file__).parents[1] / "fixtures" / "mmdet_keys.json.gz"

# Weights and, of these, those that train: facts of the published configs.
COUNTS = {
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


@once
@pytest.mark.parametrize("name", COUNTS)
def test_reference_configurations(name, published_tensors):
    model = SOLOv2.from_preset(name, load_weights=False)
    shapes = {v.path: v.shape for v in model.weights}
    found = values(published_tensors[name], shapes)
    assert found.keys() == shapes.keys()
    total, trainable = COUNTS[name]
    statistics = [v for v in model.variables if "moving" in v.path]
    assert model.count_params() - size(statistics) == total
    if trainable:
        assert size(model.trainable_variables) == trainable
    assert len(model.class_names) == 80
    assert model.preprocessor.canvas == "fit"
    assert model.levels.num_cells == 3872


@once
@pytest.mark.parametrize("name", COUNTS)
def test_architectures_are_read_off_names_and_shapes(name, published_tensors):
    """What a file says without a config is the preset, in other words."""
    read = architecture(published_tensors[name], {})
    preset = ARCHITECTURES[name]
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


def test_coco_presets_have_coco_ids():
    """1 to 90 with gaps; shapes have none."""
    own = {"solov2_tiny_shapes": None, "solov2_lite0_nuclei": (1,)}
    for name, built_like in ARCHITECTURES.items():
        ids = built_like.get("category_ids")
        assert ids == own.get(name, COCO_CATEGORY_IDS)
