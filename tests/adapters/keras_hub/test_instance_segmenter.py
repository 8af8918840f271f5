"""A task of KerasHub, as its users call it."""

import keras
import numpy as np
import pytest
from keras import ops

keras_hub = pytest.importorskip("keras_hub")

from keras_solo import Letterbox, SOLOv2  # noqa: E402
from keras_solo.adapters.keras_hub import (  # noqa: E402
    InstanceSegmenter,
    InstanceSegmenterPreprocessor,
)
from keras_solo.callbacks import CocoMaskAP  # noqa: E402
from keras_solo.data import ShapesDataset  # noqa: E402
from keras_solo.evaluation import evaluate_coco  # noqa: E402
from keras_solo.models import ComposedSOLOv2  # noqa: E402

SHAPES = "solov2_tiny_shapes"


@pytest.fixture
def arrays():
    """Four images of shapes, larger than the canvas, with masks in pixels."""
    dataset = ShapesDataset(4, (80, 96), seed=2)
    images = np.stack([one.load_image() for one in dataset])
    slots = dataset.max_objects()
    masks = np.zeros((4, slots, 80, 96), "uint8")
    labels = np.full((4, slots), -1)
    for i, record in enumerate(dataset):
        masks[i, : len(record.objects)] = record.full_masks()
        labels[i, : len(record.objects)] = [o.label for o in record.instances]
    return images, {"masks": masks, "labels": labels}


@pytest.fixture
def segmenter(tiny_model):
    return InstanceSegmenter(tiny_model)


def values(model):
    return [ops.convert_to_numpy(one).copy() for one in model.weights]


def same(found, wanted):
    assert set(found) == set(wanted)
    for key, expected in wanted.items():
        np.testing.assert_allclose(
            found[key], expected, rtol=1e-5, atol=1e-6, err_msg=key
        )


# === Predictions ===


def test_it_is_a_task_of_kerashub(segmenter, tiny_model):
    assert isinstance(segmenter, keras_hub.models.Task)
    assert segmenter.backbone is tiny_model.backbone
    assert segmenter.solov2 is tiny_model
    assert segmenter.preprocessor.letterbox == tiny_model.preprocessor
    assert segmenter.num_classes == 3
    assert len(segmenter.weights) == len(tiny_model.weights)
    said = []
    segmenter.summary(print_fn=said.append)
    assert "InstanceSegmenter" in "".join(said).title().replace("_", "")


def test_the_published_one_finds_shapes_in_images_as_they_are():
    segmenter = InstanceSegmenter.from_preset(SHAPES)
    record = ShapesDataset(1, (200, 160), seed=1)[0]
    image = record.load_image()
    found = segmenter.predict(image[None], verbose=0)
    canvas = segmenter.solov2.preprocessor.to_canvas(image)
    same(found, segmenter.solov2.predict_on_batch(canvas[None]))
    sure = found["confidence"][0] > 0.4
    labels = sorted(one.label for one in record.instances)
    assert sorted(found["labels"][0][sure]) == labels
    instances = segmenter.segment(image)
    assert instances.original_size == (200, 160)
    assert sorted(instances.labels[instances.scores > 0.4]) == labels


def test_all_ways_to_predict(segmenter, arrays):
    images, _ = arrays
    wanted = segmenter.predict(images, batch_size=2, verbose=0)
    assert wanted["masks"].shape[0] == 4
    same(segmenter.predict_on_batch(images), wanted)
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(images).batch(2)
    same(segmenter.predict(data, verbose=0), wanted)
    canvases = segmenter.preprocessor(images)
    segmenter.preprocessor = lambda given: canvases[: len(given)]
    same(
        segmenter.predict(images[:2], verbose=0),
        {k: v[:2] for k, v in wanted.items()},
    )
    segmenter.preprocessor = None
    same(segmenter.predict(canvases, batch_size=2, verbose=0), wanted)
    segmenter.decoder = {"max_detections": 7}
    assert segmenter.predict(canvases, verbose=0)["labels"].shape == (4, 7)


# === Training ===


def test_it_learns_as_the_model_does(make_model, arrays):
    """Step by step what the model learns from batches of a dataset."""
    images, y = arrays
    segmenter = InstanceSegmenter(make_model())
    alone = make_model()
    alone.set_weights(segmenter.solov2.get_weights())
    canvases, targets = segmenter.preprocessor(images, y)
    for model in (segmenter, alone):
        model.compile(keras.optimizers.SGD(0.1))
    found = segmenter.fit(images, y, epochs=3, batch_size=4, verbose=0)
    wanted = alone.fit(
        canvases, targets, epochs=3, batch_size=4, shuffle=False, verbose=0
    )
    assert set(found.history) == {"loss", "category_loss", "mask_loss"}
    for key, expected in wanted.history.items():
        np.testing.assert_allclose(found.history[key], expected, rtol=1e-5)
    for one, other in zip(
        segmenter.solov2.get_weights(), alone.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    evaluated = segmenter.evaluate(images, y, verbose=0, return_dict=True)
    assert evaluated["loss"] == pytest.approx(
        alone.evaluate(canvases, targets, verbose=0, return_dict=True)["loss"],
        rel=1e-4,
    )


def test_tf_data_with_validation_and_other_losses(segmenter, arrays):
    tf = pytest.importorskip("tensorflow")
    segmenter.compile(
        optimizer="sgd",
        loss_weights={"separation_loss": 1.0},
        jit_compile=False,
    )
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(2)
    history = segmenter.fit(
        data, epochs=2, validation_data=data, verbose=0
    ).history
    for name in ("loss", "separation_loss", "val_loss", "val_mask_loss"):
        assert np.isfinite(history[name]).all() and len(history[name]) == 2


def test_batches_of_a_dataset(make_model):
    """With polygons and augmentations, and with what measures."""
    segmenter = InstanceSegmenter(make_model(), preprocessor=None)
    dataset = ShapesDataset(4, (80, 96), seed=2)
    batches = dataset.batches(segmenter.solov2.preprocessor, 2)
    measure = CocoMaskAP(dataset, verbose=0)
    history = segmenter.fit(
        batches, validation_data=batches, callbacks=[measure], verbose=0
    ).history
    assert {"loss", "val_loss", "val_mask_ap"} <= set(history)
    assert segmenter.evaluate(batches, verbose=0, return_dict=True)["loss"] > 0
    scores = evaluate_coco(segmenter, dataset, verbose=0)
    assert scores["mask_ap"] == history["val_mask_ap"][-1]


def test_one_batch(make_model, arrays):
    segmenter, alone = InstanceSegmenter(make_model()), make_model()
    alone.set_weights(segmenter.solov2.get_weights())
    prepared = segmenter.preprocessor(*arrays)
    for call in ("test_on_batch", "train_on_batch", "test_on_batch"):
        found = getattr(segmenter, call)(*arrays, return_dict=True)
        wanted = getattr(alone, call)(*prepared, return_dict=True)
        assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-4), call


def test_parts_and_a_head_that_only_learns(make_model, arrays):
    """A semantic head is run in training and evaluation, not to predict."""
    solov2 = make_model(semantic_head={"filters": 8, "groups": 4})
    segmenter = InstanceSegmenter(solov2)
    history = segmenter.fit(*arrays, epochs=1, batch_size=4, verbose=0).history
    assert history["semantic_loss"][0] > 0
    assert segmenter.evaluate(*arrays, verbose=0, return_dict=True)[
        "semantic_loss"
    ]
    assert "semantic_logits" not in segmenter(segmenter.preprocessor(arrays[0]))


def test_a_backbone_of_kerashub(arrays):
    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 64, 64, 64],
        stackwise_num_blocks=[1, 1, 1, 1],
        stackwise_num_strides=[1, 2, 2, 2],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )
    segmenter = InstanceSegmenter(
        SOLOv2(
            backbone,
            num_classes=3,
            preprocessor=Letterbox((64, 64)),
            head="small",
            mask_head={"filters": 32},
            pyramid_filters=32,
        )
    )
    history = segmenter.fit(*arrays, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()


# === Presets and files ===


def test_presets(segmenter, arrays, tmp_path):
    assert set(InstanceSegmenter.presets) == set(SOLOv2.presets)
    segmenter.save_to_preset(tmp_path)
    again = InstanceSegmenter.from_preset(tmp_path)
    images = arrays[0]
    wanted = segmenter.predict(images, verbose=0)
    same(again.predict(images, verbose=0), wanted)
    alone = SOLOv2.from_preset(tmp_path)
    canvases = segmenter.preprocessor(images)
    same(alone.predict(canvases, verbose=0), wanted)
    assert (
        InstanceSegmenter.from_preset(tmp_path, preprocessor=None).preprocessor
        is None
    )
    other = InstanceSegmenter.from_preset(SHAPES, num_classes=5)
    assert other.num_classes == 5
    new = InstanceSegmenter.from_preset(SHAPES, load_weights=False)
    trained = values(InstanceSegmenter.from_preset(SHAPES))
    assert any(
        (one != two).any()
        for one, two in zip(values(new), trained, strict=True)
    )


def test_a_keras_file(make_model, arrays, tmp_path):
    """With arguments that are none of the defaults, in mixed precision."""
    solov2 = make_model(dtype="mixed_bfloat16")
    preprocessor = InstanceSegmenterPreprocessor(solov2.preprocessor, "soft")
    segmenter = InstanceSegmenter(solov2, preprocessor, name="mine")
    segmenter.compile("sgd", loss_weights={"mask_loss": 2.0})
    segmenter.fit(*arrays, batch_size=4, verbose=0)
    segmenter.save(tmp_path / "task.keras")
    again = keras.saving.load_model(tmp_path / "task.keras")
    assert type(again) is InstanceSegmenter and again.name == "mine"
    assert again.preprocessor.mask_targets == "soft"
    assert again.solov2.loss_weights == segmenter.solov2.loss_weights
    assert isinstance(again.optimizer, keras.optimizers.SGD)
    for one, other in zip(values(again), values(segmenter), strict=True):
        np.testing.assert_array_equal(one, other)
    same(
        again.predict(arrays[0], verbose=0),
        segmenter.predict(arrays[0], verbose=0),
    )
    again.fit(*arrays, batch_size=4, verbose=0)


def test_another_letterbox(make_model):
    """It is the model's, so that `segment` and `predict` see the same."""
    mine = Letterbox((96, 96))
    segmenter = InstanceSegmenter.from_preset(
        SHAPES, preprocessor=mine, compile=False, name="mine"
    )
    assert segmenter.solov2.preprocessor == segmenter.preprocessor.letterbox
    assert segmenter.preprocessor.image_size == (96, 96)
    assert segmenter.name == "mine" and not segmenter.compiled
    with pytest.raises(ValueError, match="model's letterbox"):
        segmenter.preprocessor = InstanceSegmenterPreprocessor(
            Letterbox((64, 64))
        )
    with pytest.raises(AttributeError):
        segmenter.backbone = None


def test_a_network_that_was_wired_elsewhere(tiny_model, arrays):
    composed = ComposedSOLOv2(
        keras.Model(tiny_model.inputs, tiny_model.output),
        num_classes=3,
        preprocessor=tiny_model.preprocessor,
        levels=tiny_model.levels,
    )
    segmenter = InstanceSegmenter(composed)
    assert segmenter.backbone is None
    same(
        segmenter.predict(arrays[0], verbose=0),
        InstanceSegmenter(tiny_model).predict(arrays[0], verbose=0),
    )


def test_what_it_is_given_by_mistake(tiny_model, arrays):
    images, y = arrays
    with pytest.raises(ValueError, match="Expected a keras_solo.SOLOv2"):
        InstanceSegmenter(tiny_model.backbone)
    segmenter = InstanceSegmenter(tiny_model)
    dataset = ShapesDataset(2, (80, 96))
    for call in (segmenter.fit, segmenter.evaluate):
        with pytest.raises(ValueError, match="labels from 0 to 2"):
            call(images, {**y, "labels": y["labels"] + 3})
        with pytest.raises(ValueError, match="Expected masks"):
            call(images, {**y, "labels": y["labels"][..., None]})
        with pytest.raises(ValueError, match="preprocessor = None"):
            call(dataset.batches(tiny_model.preprocessor, 2))
    batches = dataset.batches(tiny_model.preprocessor, 2)
    with pytest.raises(ValueError, match="preprocessor = None"):
        segmenter.fit(images, y, validation_data=batches)
    with pytest.raises(ValueError, match="from 0 to 255"):
        segmenter.predict(images / 255)
    with pytest.raises(ValueError, match="dataset.batches"):
        segmenter.fit(dataset)
    with pytest.raises(NotImplementedError, match="keras_solo.export.export"):
        segmenter.export("model.onnx")
