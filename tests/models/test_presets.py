import gzip
import hashlib
import json
import pathlib
import sys
import types

import numpy as np
import pytest

from keras_solo import Levels, ResNet, SOLOv2
from keras_solo.checkpoints.mmdet_architecture import architecture
from keras_solo.checkpoints.mmdet_names import values
from keras_solo.models import to_mmdet
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.coco_classes import COCO_CLASS_NAMES
from keras_solo.models.published_weights import BACKBONES, PUBLISHED, Published

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


def test_all_names_are_described():
    assert set(SOLOv2.presets) == {*COUNTS, "solov2_tiny_shapes"}
    assert "mask AP 37.5" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    assert "Apache-2.0" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    without = [n for n, text in SOLOv2.presets.items() if "without" in text]
    assert without == ["solov2_light_r50_dcn_fpn_3x_coco"]


def test_addresses():
    published = PUBLISHED
    assert len(published) == 8
    assert set(published) < set(ARCHITECTURES)
    addresses = [p.address for p in published.values()]
    assert len(set(addresses)) == 8
    for entry in (
        *published.values(),
        *(p for _, p in BACKBONES.values()),
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
    names = COCO_CLASS_NAMES
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
    with pytest.raises(ValueError, match="Did you mean solov2_tiny_shapes?"):
        SOLOv2.from_preset("solov2_tiny_shape")
    with pytest.raises(ValueError, match="ResNet.from_preset has it"):
        SOLOv2.from_preset("resnet18_imagenet")
    with pytest.raises(ValueError, match="config.json"):
        SOLOv2.from_preset(tmp_path)


# === Where weights come from ===


FIVE_LEVELS = Levels.for_canvas((64, 64), (8, 6, 4, 3, 2))


@pytest.fixture
def published_tiny(make_model, tmp_path, monkeypatch):
    """A tiny published model, its file in a mirror that is a folder."""
    tiny_model = make_model(levels=FIVE_LEVELS)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    to_mmdet(tiny_model, mirror / "tiny.pth")
    data = (mirror / "tiny.pth").read_bytes()
    digits = hashlib.sha256(data).hexdigest()[:8]
    (mirror / "tiny.pth").rename(mirror / f"tiny-{digits}.pth")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_SOLO_MIRROR", mirror.as_uri())
    config = tiny_model.get_config()
    built_like = {
        key: config[key]
        for key in (
            *("class_names", "preprocessor", "levels", "head"),
            *("pyramid_filters", "mask_head"),
        )
    }
    built_like["backbone"] = {
        key: value
        for key, value in tiny_model.backbone.get_config().items()
        if key not in ("name", "trainable", "dtype")
    }
    monkeypatch.setitem(ARCHITECTURES, "tiny", built_like)
    entry = Published(
        f"https://nowhere.invalid/tiny-{digits}.pth", "Apache-2.0", 1.0
    )
    monkeypatch.setitem(PUBLISHED, "tiny", entry)
    return tiny_model


def same_weights(ours, theirs):
    for old, new in zip(theirs.weights, ours.weights, strict=True):
        np.testing.assert_array_equal(new.numpy(), old.numpy())


def test_published_weights_by_name(published_tiny):
    model = SOLOv2.from_preset("tiny")
    same_weights(model, published_tiny)
    assert model.class_names == published_tiny.class_names


def test_published_weights_with_own_classes(published_tiny):
    model = SOLOv2.from_preset("tiny", num_classes=1)
    assert model.num_classes == 1 and model.class_names is None
    same_weights(model.backbone, published_tiny.backbone)
    same_weights(model.mask_head, published_tiny.mask_head)


def test_as_many_classes_without_names_are_others(published_tiny):
    model = SOLOv2.from_preset("tiny", num_classes=3)
    assert (
        model.head.category_output.kernel.numpy()
        != published_tiny.head.category_output.kernel.numpy()
    ).any()


def test_published_weights_in_half_precision(published_tiny):
    model = SOLOv2.from_preset("tiny", dtype="mixed_bfloat16")
    same_weights(model, published_tiny)
    assert model.head.compute_dtype == "bfloat16"


def test_a_published_file_that_is_damaged(published_tiny, tmp_path):
    SOLOv2.from_preset("tiny")
    (path,) = (tmp_path / "home").rglob("tiny-*.pth")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OSError, match="Delete it"):
        SOLOv2.from_preset("tiny")


@pytest.mark.parametrize(
    "handle, module, function",
    [
        ("hf://user/model", "huggingface_hub", "snapshot_download"),
        ("kaggle://a/b/keras/c", "kagglehub", "model_download"),
    ],
)
def test_hubs(tiny_model, tmp_path, monkeypatch, handle, module, function):
    asked = []

    def download(name):
        asked.append(name)
        return str(tmp_path)

    hub = types.SimpleNamespace(**{function: download})
    monkeypatch.setitem(sys.modules, module, hub)
    tiny_model.save_to_preset(tmp_path)
    same_weights(SOLOv2.from_preset(handle), tiny_model)
    assert asked == [handle.partition("://")[2]]


def test_hubs_that_are_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"keras-solo\[hugging-face\]"):
        SOLOv2.from_preset("hf://user/model")


def test_the_same_classes_keep_the_last_layer(published_tiny):
    names = published_tiny.class_names
    model = SOLOv2.from_preset("tiny", class_names=list(names))
    same_weights(model, published_tiny)
    other = SOLOv2.from_preset("tiny", class_names=list(reversed(names)))
    assert (
        other.head.category_output.kernel.numpy()
        != published_tiny.head.category_output.kernel.numpy()
    ).any()


def test_names_for_a_preset_without(make_model, tmp_path):
    nameless = make_model(class_names=None, num_classes=3, levels=FIVE_LEVELS)
    to_mmdet(nameless, tmp_path / "model.PTH")
    model = SOLOv2.from_preset(
        tmp_path / "model.PTH", class_names=["ant", "bee", "cat"]
    )
    assert model.class_names == ("ant", "bee", "cat")
    same_weights(model, nameless)


def test_overrides_that_fit_no_weights(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match="head/.*load_weights=False"):
        SOLOv2.from_preset(
            tmp_path,
            class_names=["a", "b"],
            head={
                **tiny_model.head.get_config(),
                "filters": 16,
                "num_classes": 2,
            },
        )


def test_damaged_folders(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    weights = tmp_path / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match="model.weights.h5 is .*damaged"):
        SOLOv2.from_preset(tmp_path)
    for text in ("{", "{}", "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match="config.json is damaged"):
            SOLOv2.from_preset(tmp_path)


def test_misspelled_arguments(published_tiny):
    with pytest.raises(TypeError, match="class_name"):
        SOLOv2.from_preset("tiny", class_name=["a"])
    with pytest.raises(TypeError, match="frozen_stage"):
        ResNet(18, frozen_stage=1)
    with pytest.raises(ValueError, match="list of names"):
        SOLOv2.from_preset("tiny", class_names="nut")
    with pytest.raises(ValueError, match="Letterbox"):
        SOLOv2.from_preset("tiny", preprocessor=(256, 256))
