import hashlib
import sys
import types

import numpy as np
import pytest

from keras_solo import Levels, ResNet, SOLOv2
from keras_solo.models import to_mmdet
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.published_weights import PUBLISHED, Published


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
    with pytest.raises(ValueError, match="Did you mean resnet50_imagenet?"):
        SOLOv2.from_preset("resnet_50_imagenet")
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


def test_misspelled_arguments(published_tiny):
    with pytest.raises(TypeError, match="class_name"):
        SOLOv2.from_preset("tiny", class_name=["a"])
    with pytest.raises(TypeError, match="frozen_stage"):
        ResNet(18, frozen_stage=1)
    with pytest.raises(ValueError, match="list of names"):
        SOLOv2.from_preset("tiny", class_names="nut")
    with pytest.raises(ValueError, match="Letterbox"):
        SOLOv2.from_preset("tiny", preprocessor=(256, 256))


def test_names_may_be_a_generator():
    names = (name for name in ("a", "b"))
    model = SOLOv2.from_preset("solov2_tiny_shapes", class_names=names)
    assert model.class_names == ("a", "b")


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        SOLOv2.from_preset("epoch_12.pth")
    assert str(error.value) == f"There is no file {tmp_path}/epoch_12.pth."
