"""What a training depends on: told by its parts, compared by name."""

import json

import pytest

from keras_solo import recipes
from keras_solo.data import Augmentation, ShapesDataset
from keras_solo.geometry import Letterbox
from keras_solo.recipes import from_scratch
from keras_solo.training.run_settings import (
    checked_settings,
    differences,
    epochs_before,
    fingerprint,
    settings_of,
    without_schedule,
)


def test_no_settings():
    assert differences({}, {}) == []
    assert differences({"a": 1}, {}) == []


def test_differences_are_named():
    before = {"size": [64, 64], "deep": {"a": 1, "b": 2}, "rate": 0.1}
    assert differences(before, {**before, "size": (64, 64)}) == []
    now = {"deep": {"a": 1, "b": 3}, "rate": None, "new": True}
    assert differences(before, now) == [
        "deep.b was 2, is 3",
        "rate was 0.1, is None",
        "new was None, is True",
    ]


def test_fingerprint():
    shapes = ShapesDataset(3, seed=1)
    assert fingerprint(shapes) == fingerprint(ShapesDataset(3, seed=1))
    others = [ShapesDataset(3, seed=2), ShapesDataset(4, seed=1)]
    assert len({fingerprint(one) for one in [shapes, *others]}) == 3
    # As version 0.1.0 wrote it.
    assert len(fingerprint(shapes)) == 12


@pytest.mark.parametrize("value", [object(), {1, 2}, {(1, 2): 3}])
def test_what_json_cannot_hold(value):
    with pytest.raises(TypeError, match="JSON can hold. Received: odd="):
        checked_settings({"epochs": 3, "odd": value})


def test_as_json_gives_them_back():
    assert checked_settings({}) == {}
    given = {"size": (64, 64), "deep": {"a": (1,)}, "rate": 0.1}
    expected = {"size": [64, 64], "deep": {"a": [1]}, "rate": 0.1}
    assert checked_settings(given) == expected


def test_more_epochs():
    assert epochs_before({"epochs": 3}, {"epochs": 4}) == 3
    for before, now in ((3, 3), (4, 3), (None, 3), (3, None), ("3", 4)):
        assert epochs_before({"epochs": before}, {"epochs": now}) is None
    given = {"epochs": 3, "optimizer": {"learning_rate": 1, "clip": 2}, "a": 1}
    assert without_schedule(given) == {"optimizer": {"clip": 2}, "a": 1}
    assert without_schedule({"optimizer": "sgd"}) == {"optimizer": "sgd"}


@pytest.mark.parametrize("recipe", ["from_scratch", "fine_tune"])
def test_recipes_of_longer_trainings_differ_in_their_schedule(
    tiny_model, recipe
):
    """Also where the averages reach over more than the first steps."""

    def told(epochs):
        given = (tiny_model,) if recipe == "fine_tune" else ()
        tiny_model.compile(**getattr(recipes, recipe)(*given, 2, 30, epochs))
        batches = ShapesDataset(8).batches(Letterbox((64, 64)), 2)
        return {"epochs": epochs, **settings_of(tiny_model, batches)}

    before, now = checked_settings(told(12)), told(24)
    assert any("ema_momentum" in line for line in differences(before, now))
    both = [without_schedule(settings) for settings in (before, now)]
    assert differences(*both) == []


def test_what_a_model_and_its_batches_tell(tiny_model):
    def told(seed=0, epochs=4, learning_rate=None):
        shapes = ShapesDataset(4, original_size=(64, 64))
        batches = shapes.batches(tiny_model.preprocessor, 2, seed=seed)
        recipe = from_scratch(2, 2, epochs, learning_rate)
        tiny_model.compile(**recipe)
        return json.loads(json.dumps(settings_of(tiny_model, batches)))

    first = told()
    assert differences(first, told()) == []
    assert differences(first, told(seed=1)) == ["batches.seed was 0, is 1"]
    (change,) = differences(first, told(learning_rate=0.5))
    assert change.startswith("optimizer.learning_rate.") and "is 0.5" in change
    assert differences(first, told(epochs=5))


def test_augmentation_and_what_is_pasted_are_told(tiny_model):
    tiny_model.compile(**from_scratch(2, 2, 4))
    shapes = ShapesDataset(4, original_size=(64, 64))

    def told(**options):
        batches = shapes.batches(tiny_model.preprocessor, 2, **options)
        return settings_of(tiny_model, batches)

    usual = told(augment=True)
    # As of runs that do not tell.
    before = {"batch_size": 2, "shuffle": True, "seed": 0}
    assert differences(before, usual["batches"]) == []
    pasting = Augmentation(copy_paste=0.5)
    other = told(augment=pasting, copy_paste_from=ShapesDataset(3))
    assert checked_settings(other)["batches"] == other["batches"]
    assert differences(usual["batches"], other["batches"]) == [
        "augmentation was None, is {'copy_paste': 0.5}",
        f"copy-paste-from was None, is {fingerprint(ShapesDataset(3))}",
    ]


def test_shards_and_canvases_are_told(tiny_model):
    tiny_model.compile(**from_scratch(2, 2, 4))
    shapes = ShapesDataset(8, original_size=(48, 64))

    def told(**options):
        batches = shapes.batches(Letterbox((64, 96)), 2, **options)
        return settings_of(tiny_model, batches)["batches"]

    usual = told()
    other = told(shard=(1, 2), aspect_groups=True)
    assert differences(usual, other) == [
        "shard was None, is [1, 2]",
        "aspect-groups was None, is True",
    ]
