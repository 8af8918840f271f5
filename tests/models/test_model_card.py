import yaml

from keras_solo.models.model_card import MOST_NAMES, model_card


def front(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_nothing_known():
    card = model_card("hf://me/cats", {"num_classes": 3}, {})
    assert "license" not in front(card)
    assert '    from_preset("hf://me/cats")' not in card
    assert 'from_preset("hf://me/cats")' in card
    assert "\n# cats\n" in card and "- 3 classes without names\n" in card


def test_what_is_known():
    config = {
        "class_names": ["cat", "dog"],
        "preprocessor": {"image_size": [320, 640]},
    }
    card = model_card(
        "kaggle://me/cats/keras/small",
        config,
        {"parameter_count": 1234567},
        "Apache 2.0",
    )
    assert front(card)["license"] == "Apache 2.0"
    assert front(card)["pipeline_tag"] == "image-segmentation"
    for line in (
        "- Classes: cat, dog",
        "- Images are made to fit 320 x 640 pixels.",
        "- 1,234,567 parameters",
    ):
        assert line in card.splitlines()


def test_many_classes():
    names = [str(i) for i in range(MOST_NAMES + 7)]
    card = model_card("hf://me/x", {"class_names": names}, {})
    assert f", {MOST_NAMES - 1} and 7 more\n" in card
