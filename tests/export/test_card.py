import json
import pathlib

from keras_solo.export.card import card, card_path
from keras_solo.export.formats import FORMATS
from keras_solo.export.settings import Settings
from keras_solo.geometry import Letterbox


def settings(**kwargs):
    values = {
        "format": FORMATS["onnx"],
        "letterbox": Letterbox((64, 96)),
        "batch_size": None,
        "mask_dtype": "float32",
        "weights_dtype": "float32",
    }
    return Settings(**{**values, **kwargs})


def test_card(talkative):
    said = card(talkative, settings())
    assert json.loads(json.dumps(said)) == said
    assert said["class_names"] == ["circle", "rectangle", "triangle"]
    assert said["category_ids"] == [7, 3, 9]
    assert said["image_size"] == [64, 96]
    assert Letterbox.from_config(said["letterbox"]) == Letterbox((64, 96))
    assert said["mask_threshold"] == 0.5
    assert said["score_threshold"] == 0.08
    assert said["max_detections"] == 12


def test_masks_of_bytes(talkative):
    said = card(talkative, settings(mask_dtype="uint8", batch_size=4))
    assert said["mask_threshold"] == 127.5
    assert said["batch_size"] == 4


def test_without_names(make_model):
    said = card(make_model(class_names=None, num_classes=2), settings())
    assert (said["class_names"], said["category_ids"]) == (None, None)
    assert said["num_classes"] == 2


def test_card_path():
    assert card_path(pathlib.Path("a/b.xml")) == pathlib.Path("a/b.xml.json")
