"""What MMDetection's configs say, and where the published ones hold."""

import pytest

from keras_solo import Levels
from keras_solo.checkpoints import ForeignWeightsError
from keras_solo.checkpoints.mmdet_config import Said, config_text
from keras_solo.geometry.levels import REFERENCE_RANGES
from tests.mmdet_files import CLASSES, CONFIG, META, RANGES

REFERENCE_GRIDS = (40, 36, 24, 16, 12)


def said(config):
    return Said({"config": config})


# Two of them grow without end where every part is followed every time.
@pytest.mark.parametrize(
    "config",
    [
        None,
        "",
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
def test_a_config_that_says_nothing(config):
    nothing = said(config)
    nothing.check_pixels()
    assert nothing.groups() == (32, 32)
    assert nothing.decoder() == {}
    assert nothing.class_names(5) is None
    assert nothing.places(light=False, deformable=False) == {
        "preprocessor": {"image_size": (800, 1333), "canvas": "fit"},
        "levels": {"grid_sizes": REFERENCE_GRIDS, "ranges": REFERENCE_RANGES},
    }


def test_a_whole_config():
    whole = Said(META)
    whole.check_pixels()
    assert whole.groups() == (4, 4)
    assert whole.freezing() == {"frozen_stages": 2, "norm_frozen": False}
    assert whole.class_names(5) == CLASSES
    assert whole.places(light=True, deformable=False) == {
        "preprocessor": {"image_size": (128, 160), "canvas": "fit"},
        "levels": {"grid_sizes": (10, 9, 6, 4, 3), "ranges": RANGES},
    }
    assert whole.decoder() == {
        "nms_candidates": 600,
        "max_candidates": 600,
        "score_threshold": 0.2,
        "mask_threshold": 0.4,
        "update_threshold": 0.01,
        "nms_kernel": "linear",
        "nms_sigma": 3.0,
        "max_detections": 50,
    }


@pytest.mark.parametrize(
    "backbone, frozen, norm_frozen",
    [
        (None, 1, True),
        ("frozen_stages=2", 2, True),
        ("frozen_stages=-1", 0, True),
        ("frozen_stages='all'", 0, True),
        ("", 0, True),
        ("norm_eval=False", 0, False),
    ],
)
def test_frozen_stages(backbone, frozen, norm_frozen):
    model = "" if backbone is None else f"backbone=dict({backbone})"
    assert said(f"model = dict({model})").freezing() == {
        "frozen_stages": frozen,
        "norm_frozen": norm_frozen,
    }


def test_strides_where_we_have_none():
    with pytest.raises(ForeignWeightsError, match="caffe"):
        said(CONFIG.replace("'pytorch'", "'caffe'")).freezing()


@pytest.mark.parametrize(
    "config, message",
    [
        ("model = dict(data_preprocessor=dict(bgr_to_rgb=False))", "BGR"),
        ("data_preprocessor = dict(mean=[1, 2, 3])", r"mean \(1, 2, 3\)"),
        ("img_norm_cfg = dict(to_rgb=False)", "BGR"),
        ("img_norm_cfg = dict(std=[1.0, 1.0, 1.0])", "std .1.0, 1.0, 1.0"),
        (CONFIG.replace("bgr_to_rgb=True", "bgr_to_rgb=False"), "BGR"),
        (CONFIG.replace("123.675", "103.53"), "mean"),
    ],
)
def test_other_pixels(config, message):
    with pytest.raises(ForeignWeightsError, match=message):
        said(config).check_pixels()


def test_means_that_are_not_the_model_s():
    more = "albu = [dict(type='Normalize', mean=[0.5], std=[1.0])]"
    said(CONFIG + more).check_pixels()


@pytest.mark.parametrize(
    "head",
    ["strides=[4, 8, 16, 32, 32]", "num_grids=[40, 36, 24, 16]"],
)
def test_other_levels(head):
    with pytest.raises(ForeignWeightsError, match="levels of strides"):
        said(f"model = dict(mask_head=dict({head}))").places(True, True)


@pytest.mark.parametrize(
    "config, size",
    [
        ("test_pipeline = [dict(img_scale=(160, 128))]", (128, 160)),
        ("test_pipeline = [dict(scale=[128, 160])]", (128, 160)),
        ("test_dataloader = dict(d=dict(scale=(9, 7)))", (7, 9)),
        ("data = dict(test=dict(p=[dict(img_scale=(9, 7))]))", (7, 9)),
        ("data = dict(train=dict(p=[dict(img_scale=(9, 7))]))", (512, 852)),
        ("test_pipeline = [dict(scale=0.5)]", (512, 852)),
        ("test_pipeline = [dict(scale=(0, 5))]", (512, 852)),
    ],
)
def test_sizes_in_tests(config, size):
    letterbox = said(config).places(light=True, deformable=True)["preprocessor"]
    assert letterbox["image_size"] == size


def test_few_candidates_are_no_maximum():
    config = "model = dict(test_cfg=dict(nms_pre=500, kernel=None))"
    assert said(config).decoder() == {"nms_candidates": 500}


@pytest.mark.parametrize(
    "meta, names",
    [
        ({"CLASSES": ["a", "b"]}, ("a", "b")),
        ({"dataset_meta": {"classes": ("a", "b")}}, ("a", "b")),
        ({"dataset_meta": {"CLASSES": ("a", "b")}}, ("a", "b")),
        ({"cfg": "data = dict(train=dict(classes=['a', 'b']))"}, ("a", "b")),
        ({"CLASSES": ["a"], "cfg": "classes = ('b', 'c')"}, ("b", "c")),
        ({"CLASSES": ["a", "a"]}, None),
        ({"CLASSES": ["a", 2]}, None),
        ({"CLASSES": "ab"}, None),
    ],
)
def test_names_of_classes(meta, names):
    assert Said(meta).class_names(2) == names


def test_the_way_back():
    decoder = {
        "score_threshold": 0.1,
        "mask_threshold": 0.5,
        "update_threshold": 0.05,
        "nms_candidates": 700,
        "max_detections": 10,
        "nms_kernel": "gaussian",
        "nms_sigma": 2.0,
    }
    levels = Levels.for_canvas((64, 96), (8, 6, 4, 3, 2))
    freezing = {"frozen_stages": 0, "norm_frozen": True}
    text = config_text(3, levels, (96, 64), (4, 8), freezing, decoder)
    back = said(text)
    back.check_pixels()
    assert back.groups() == (4, 8)
    assert back.freezing() == freezing
    assert back.decoder() == {**decoder, "max_candidates": 700}
    places = back.places(light=False, deformable=False)
    assert places["preprocessor"]["image_size"] == (64, 96)
    assert places["levels"]["grid_sizes"] == (8, 6, 4, 3, 2)
    *ranges, (low, high) = places["levels"]["ranges"]
    assert (*ranges, (low, float("inf"))) == levels.ranges and high == 1e9


@pytest.mark.parametrize(
    "ours",
    [
        {},
        [1],
        {"fixed_canvas": (64,), "category_ids": (1, 1)},
        {"fixed_canvas": (0, 64), "category_ids": (1, 2, 3)},
        {"fixed_canvas": "ab", "category_ids": (1, 2.0)},
        {"fixed_canvas": (64.5, 96), "category_ids": (True, 2)},
    ],
)
def test_what_of_ours_makes_no_sense(ours):
    back = said(f"keras_solo = {ours!r}")
    assert back.category_ids(2) is None
    assert back.places(False, False)["preprocessor"]["canvas"] == "fit"


def test_what_is_ours():
    ours = {"fixed_canvas": (64, 96), "category_ids": (7, 9)}
    back = said(f"keras_solo = {ours!r}")
    assert back.category_ids(2) == (7, 9) and back.category_ids(3) is None
    assert back.places(False, False)["preprocessor"] == {
        "image_size": (64, 96),
        "canvas": "fixed",
    }
