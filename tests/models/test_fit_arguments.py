"""What `fit` is given by mistake."""

import warnings

import keras
import numpy as np
import pytest

import keras_solo
from keras_solo.callbacks import BestWeights, CocoMaskAP
from keras_solo.data import ShapesDataset
from keras_solo.models.fit_arguments import (
    refuse_arrays,
    refuse_dataset,
    refuse_other_classes,
    warn_of_order,
)
from keras_solo.training.coco_mask_ap import LOGGED


def test_a_dataset(tiny_model):
    shapes = ShapesDataset(4)
    with pytest.raises(
        ValueError, match=r"model.fit\(dataset.batches\(model"
    ) as e:
        tiny_model.fit(shapes)
    assert "Received: the dataset itself, <ShapesDataset: 4" in str(e.value)
    refuse_dataset(None)


def test_classes_in_another_order(make_model):
    """Nothing else would notice: the labels are numbers."""
    shapes = ShapesDataset(4)
    turned = list(reversed(shapes.class_names))
    model = make_model(num_classes=None, class_names=turned)
    model.compile()
    batches = shapes.batches(model.preprocessor, 2)
    with pytest.raises(
        ValueError, match=r"Label 0 is 'triangle' in the model and 'circle'"
    ):
        model.fit(batches)
    right = shapes.with_classes(turned).batches(model.preprocessor, 2)
    refuse_other_classes(right, model.class_names)


@pytest.mark.parametrize("missing", ["model", "batches"])
def test_one_class_more(missing):
    shapes = ShapesDataset(4)
    batches = shapes.batches(keras_solo.Letterbox((64, 64)), 2)
    names = [*shapes.class_names, "star"]
    if missing == "model":
        names = names[:-2]
    with pytest.raises(ValueError, match="is None in the|and None in the"):
        refuse_other_classes(batches, names)


def test_what_has_no_names():
    shapes = ShapesDataset(4)
    refuse_other_classes(
        shapes.batches(keras_solo.Letterbox((64, 64)), 2), None
    )
    refuse_other_classes(([1], [2]), ["cat"])
    refuse_other_classes(None, ["cat"])


def measure():
    return CocoMaskAP(ShapesDataset(1))


READERS = [
    keras.callbacks.ModelCheckpoint(
        "a.keras", monitor="val_mask_ap", mode="max"
    ),
    keras.callbacks.EarlyStopping(monitor="val_box_ap", mode="max"),
    BestWeights("a.weights.h5", "val_mask_ap", "max"),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda r: type(r).__name__)
def test_the_order(reader):
    name = type(reader).__name__
    with pytest.warns(
        UserWarning, match=rf"callbacks=\[CocoMaskAP\(...\), {name}\(...\)\]"
    ):
        warn_of_order([reader, measure()])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_order([])
        warn_of_order([measure(), reader])
        warn_of_order([reader])
        loss = keras.callbacks.EarlyStopping(monitor="loss")
        warn_of_order([loss, measure()])


def test_fit_warns(tiny_model, tiny_batch):
    class Nothing(CocoMaskAP):
        def _evaluate(self):
            return dict.fromkeys(LOGGED, 0.5)

    callbacks = [READERS[1], Nothing(ShapesDataset(1))]
    with pytest.warns(UserWarning) as warned:
        tiny_model.fit(*tiny_batch, callbacks=callbacks, verbose=0)
    # Keras says that the figure is missing, and not why.
    assert "EarlyStopping reads 'val_box_ap' before" in str(warned[0].message)


def test_arrays_that_cannot_be_right(tiny_model, tiny_batch):
    images, targets = tiny_batch
    with pytest.raises(ValueError, match="from 0 to 255. Received: .* to 1"):
        tiny_model.fit(np.ones_like(images, "float32"), targets)
    ids = {**targets, "labels": targets["labels"] + 1}
    with pytest.raises(ValueError, match="from 0 to 2, and -1 .* Received: 3"):
        tiny_model.fit(images, ids)
    refuse_arrays(images.astype("float32"), targets, 3)
    for other in (None, iter([]), [images]):
        refuse_arrays(other, None, 3)
