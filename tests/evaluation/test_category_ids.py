"""Classes of a model and of a dataset: matched by name, else by label."""

import types

import pytest

from keras_solo.evaluation.category_ids import category_ids_of_labels

DATASET = types.SimpleNamespace(
    class_names=("cat", "dog"), category_ids=(17, 4)
)
UNNAMED = types.SimpleNamespace(class_names=None, category_ids=(17, 4))


def model(*class_names, num_classes=None):
    return types.SimpleNamespace(
        class_names=class_names or None,
        num_classes=num_classes or len(class_names),
    )


def test_by_name():
    assert category_ids_of_labels(model("cat", "dog"), DATASET) == (17, 4)
    assert category_ids_of_labels(model("dog", "cat"), DATASET) == (4, 17)


def test_without_names_by_label():
    for dataset in (DATASET, UNNAMED):
        ids = category_ids_of_labels(model(num_classes=2), dataset)
        assert ids == (17, 4)
    assert category_ids_of_labels(model("a", "b"), UNNAMED) == (17, 4)
    with pytest.raises(ValueError, match="3 classes, the dataset has 2"):
        category_ids_of_labels(model(num_classes=3), DATASET)


def test_other_classes_are_named():
    with pytest.raises(ValueError) as error:
        category_ids_of_labels(model("cat", "cow", "bee"), DATASET)
    assert "Only the dataset has: 'dog'." in str(error.value)
    assert "Only the model has: 'cow', 'bee'." in str(error.value)


def test_objects_without_a_class():
    label_images = types.SimpleNamespace(
        class_names=("object",), category_ids=(1,)
    )
    with pytest.raises(ValueError, match="name no class, class_name="):
        category_ids_of_labels(model("nucleus"), label_images)
    with pytest.raises(ValueError) as error:
        category_ids_of_labels(model("cat"), DATASET)
    assert "class_name" not in str(error.value)


def test_many_other_classes_are_counted():
    names = (f"class {i}" for i in range(14))
    with pytest.raises(ValueError, match="and 4 more"):
        category_ids_of_labels(model(*names), DATASET)
