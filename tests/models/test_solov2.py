import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, Levels, ResNet, SOLOv2
from keras_solo.data import ShapesDataset


def predictions(model, images):
    return model.predict(images, verbose=0)


def same(one, other, tolerance=1e-5):
    assert set(one) == set(other)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=tolerance)


def noisy(count, size=64, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (count, 4, 4, 3))
    return coarse.repeat(size // 4, 1).repeat(size // 4, 2).astype("float32")


# === Saving ===


@pytest.fixture
def unusual(make_model):
    """Non-default values for every argument."""
    return make_model(
        class_names=("a", "b"),
        category_ids=(9, 7),
        preprocessor=Letterbox((64, 96), "fit", 64, (1, 2, 3)),
        levels=Levels((8, 4), ((0, 30), (20, np.inf)), ("P3", "P4"), 0.3),
        head={
            "filters": 8,
            "num_convs": 1,
            "kernel_filters": 4,
            "groups": 2,
            "prior_probability": 0.2,
        },
        pyramid_filters=12,
        mask_head={"filters": 4, "groups": 2},
        target_encoder={"collision": "smallest", "max_pairs": 20},
        decoder={"score_threshold": 0.05, "max_detections": 9},
        semantic_head={"filters": 6, "num_convs": 1, "groups": 3},
        name="unusual",
    )


def check_same_model(one, other, images):
    assert other.get_config() == one.get_config()
    assert other.class_names == one.class_names
    assert other.category_ids == one.category_ids
    assert other.preprocessor == one.preprocessor
    assert other.levels == one.levels
    assert other.target_encoder.collision == one.target_encoder.collision
    same(predictions(one, images), predictions(other, images))


def test_keras_file(unusual, tiny_batch, tmp_path):
    images, (canvases, targets) = noisy(2), tiny_batch
    batch = canvases, {**targets, "labels": np.minimum(targets["labels"], 1)}
    unusual.compile(
        optimizer=keras.optimizers.SGD(0.02, momentum=0.7),
        loss_weights={"mask_loss": 2.0},
    )
    unusual.fit(*batch, verbose=0)
    unusual.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    check_same_model(unusual, again, images)
    # It goes on where it stopped, with its optimizer and losses.
    assert float(again.optimizer.learning_rate) == pytest.approx(0.02)
    assert again.loss_weights == {
        "category_loss": 1.0,
        "mask_loss": 2.0,
        "semantic_loss": 1.0,
    }
    assert int(again.optimizer.iterations) == int(unusual.optimizer.iterations)
    one = unusual.fit(*batch, verbose=0, shuffle=False).history
    other = again.fit(*batch, verbose=0, shuffle=False).history
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)


def test_every_argument_is_in_the_config(unusual):
    config = unusual.get_config()
    for name in (
        "backbone num_classes class_names category_ids preprocessor levels "
        "head pyramid_filters mask_head decoder target_encoder "
        "semantic_head dtype name trainable"
    ).split():
        assert name in config


def test_new_classes_keep_all_other_weights(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    for arguments in ({"num_classes": 5}, {"class_names": list("vwxyz")}):
        again = SOLOv2.from_preset(tmp_path / "preset", **arguments)
        assert again.num_classes == 5
        assert again.class_names == (
            tuple("vwxyz") if "class_names" in arguments else None
        )
        kept = [
            np.array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))
            for a, b in zip(unusual.variables, again.variables, strict=True)
            if a.shape == b.shape and "category_output" not in a.path
        ]
        # Kernel and bias of the last layers of both heads with classes.
        assert all(kept) and len(kept) == len(unusual.variables) - 4


def test_new_dtype_reaches_every_layer(unusual, tmp_path):
    unusual.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset", dtype="mixed_bfloat16")
    for layer in again._flatten_layers():
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.compute_dtype == "bfloat16", layer.path


# === Names of classes, and errors at the door ===


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"class_names": None}, "class_names"),
        ({"class_names": None, "num_classes": 0}, "num_classes"),
        ({"class_names": ["a", "a"]}, "different"),
        ({"num_classes": 7}, "one class name"),
        ({"head": "heavy"}, "light"),
        ({"levels": Levels((8,), ((0, 1),), ("P1",))}, "levels"),
    ],
)
def test_constructor_errors(make_model, arguments, words):
    with pytest.raises(ValueError, match=words):
        make_model(**arguments)


def test_derived_levels_follow_the_canvas():
    model = SOLOv2(ResNet(18), 3, preprocessor=Letterbox((320, 640)))
    assert model.levels == Levels.for_canvas((320, 640))


# === Finer masks ===


def test_the_mask_heads_stride_is_that_of_all_masks(make_model, tmp_path):
    model = make_model(
        mask_head={"filters": 8, "stride": 2}, semantic_head={"filters": 32}
    )
    assert model.preprocessor == Letterbox((64, 64), mask_stride=2)
    assert model.levels.mask_stride == model.decoder.levels.mask_stride == 2
    shapes = ShapesDataset(2, (64, 64))
    images, targets = shapes.batches(model.preprocessor, 2)[0]
    assert targets["masks"].shape[2:] == (32, 32)
    outputs = model(images.astype("float32"), training=True)
    assert tuple(outputs["mask_features"].shape) == (2, 32, 32, 8)
    loss = model.compute_loss(y=targets, y_pred=outputs)
    assert np.isfinite(ops.convert_to_numpy(loss))
    usual = shapes.batches(Letterbox((64, 64)), 2)[0][1]
    with pytest.raises(ValueError, match="model's own preprocessor"):
        model.compute_loss(y=usual, y_pred=outputs)

    photo = noisy(1)[0, :48, :40].astype("uint8")
    assert model.segment(photo).masks.shape[1:] == (48, 40)
    model.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset")
    check_same_model(model, again, noisy(1))
