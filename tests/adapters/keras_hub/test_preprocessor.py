"""On arrays, in tf.data and in Grain, of a batch and of one image."""

import keras
import numpy as np
import pytest

keras_hub = pytest.importorskip("keras_hub")

from keras_solo.adapters.keras_hub import (  # noqa: E402
    InstanceSegmenterPreprocessor,
)
from keras_solo.data.array_targets import canvases_of, targets_of  # noqa: E402
from keras_solo.geometry import Letterbox  # noqa: E402

LETTERBOX = Letterbox((64, 96))


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 40, 50, 3)).astype("uint8")
    masks = np.zeros((3, 2, 40, 50), "uint8")
    masks[0, 0, 5:20, 5:30] = masks[0, 1, 20:40, 10:50] = 1
    masks[1, 0, :, :7] = 1
    labels = np.array([[2, 0], [1, -1], [-1, -1]])
    return images, {"masks": masks, "labels": labels}


def same(found, wanted):
    """Arrays, in dicts and tuples as they are."""
    found = keras.tree.map_structure(np.asarray, found)
    keras.tree.assert_same_structure(found, wanted)
    for one, other in zip(
        keras.tree.flatten(found), keras.tree.flatten(wanted), strict=True
    ):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


@pytest.mark.parametrize("mask_targets", ["binary", "soft"])
def test_arrays(arrays, mask_targets):
    images, y = arrays
    layer = InstanceSegmenterPreprocessor(LETTERBOX, mask_targets)
    same(layer(images), canvases_of(LETTERBOX, images))
    wanted = targets_of(LETTERBOX, images, *y.values(), mask_targets)
    same(layer(images, y), wanted)
    same(layer((images, y)), wanted)
    weights = np.ones(3)
    same(layer(images, y, weights), (*wanted, weights))
    same(layer(images[0]), canvases_of(LETTERBOX, images)[0])
    one = layer(images[1], {key: array[1] for key, array in y.items()})
    same(one, (wanted[0][1], {k: array[1] for k, array in wanted[1].items()}))


def test_tensors_of_the_backend(arrays):
    images, y = arrays
    layer = InstanceSegmenterPreprocessor(LETTERBOX)
    tensor = keras.ops.convert_to_tensor(images)
    same(layer(tensor), canvases_of(LETTERBOX, images))
    y = {key: keras.ops.convert_to_tensor(array) for key, array in y.items()}
    same(layer(tensor, y)[0], layer(images, arrays[1])[0])


@pytest.mark.parametrize("mask_targets", ["binary", "soft"])
def test_tf_data(arrays, mask_targets):
    tf = pytest.importorskip("tensorflow")
    images, y = arrays
    layer = InstanceSegmenterPreprocessor(LETTERBOX, mask_targets)
    data = tf.data.Dataset.from_tensor_slices((images, y))
    [batched] = data.batch(3).map(layer).as_numpy_iterator()
    same(batched, layer(images, y))
    one_by_one = data.map(layer).batch(3)
    assert one_by_one.element_spec[0].shape == (None, 64, 96, 3)
    assert one_by_one.element_spec[1]["masks"].shape == (None, 2, 16, 24)
    [found] = one_by_one.as_numpy_iterator()
    same(found, layer(images, y))
    [found] = data.batch(3).map(lambda x, _: layer(x)).as_numpy_iterator()
    same(found, layer(images))


def test_tf_data_of_canvases_that_fit(arrays):
    tf = pytest.importorskip("tensorflow")
    images, y = arrays
    letterbox = Letterbox((64, 96), canvas="fit")
    layer = InstanceSegmenterPreprocessor(letterbox)
    data = tf.data.Dataset.from_tensor_slices(images).batch(3).map(layer)
    assert data.element_spec.shape == (None, None, None, 3)
    [found] = data.as_numpy_iterator()
    same(found, canvases_of(letterbox, images))
    assert layer(images, y)[0].shape == (3, *letterbox.largest_canvas, 3)


def test_grain(arrays):
    grain = pytest.importorskip("grain")
    images, y = arrays
    layer = InstanceSegmenterPreprocessor(LETTERBOX)
    source = [
        (image, {key: array[i] for key, array in y.items()})
        for i, image in enumerate(images)
    ]
    [found] = grain.MapDataset.source(source).batch(3).map(layer)
    same(found, layer(images, y))


def test_config(arrays):
    layer = InstanceSegmenterPreprocessor(
        Letterbox((64, 96), pad_value=(1, 2, 3)), "soft", 3, name="mine"
    )
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert again.get_config() == layer.get_config()
    assert again.letterbox == layer.letterbox and again.name == "mine"
    same(again(*arrays), layer(*arrays))


def test_from_preset(arrays):
    layer = InstanceSegmenterPreprocessor.from_preset(
        "solov2_tiny_shapes", mask_targets="soft"
    )
    assert (layer.image_size, layer.num_classes) == ((128, 128), 3)
    assert layer(arrays[0]).shape == (3, 128, 128, 3)
    with pytest.raises(ValueError, match="from_preset"):
        layer.image_size = (96, 128)


@pytest.mark.parametrize("slots", [0, 1])
def test_tf_data_without_objects(arrays, slots):
    tf = pytest.importorskip("tensorflow")
    y = {
        "masks": arrays[1]["masks"][:, :slots],
        "labels": np.full((3, slots), -1),
    }
    layer = InstanceSegmenterPreprocessor(LETTERBOX)
    data = tf.data.Dataset.from_tensor_slices((arrays[0], y)).batch(3)
    [found] = data.map(layer).as_numpy_iterator()
    same(found, layer(arrays[0], y))
    assert found[1]["labels"].shape == (3, 1)


def test_what_it_is_given_by_mistake(arrays):
    images, y = arrays
    layer = InstanceSegmenterPreprocessor(LETTERBOX)
    for wrong in ({"boxes": y["labels"], "labels": y["labels"]}, y["labels"]):
        with pytest.raises(ValueError, match="Expected y="):
            layer(images, wrong)
    with pytest.raises(ValueError, match="Expected masks"):
        layer(images, {**y, "masks": y["masks"][..., ::2]})
    with pytest.raises(ValueError, match="mask_targets"):
        InstanceSegmenterPreprocessor(LETTERBOX, "hard")
    with pytest.raises(ValueError, match="Expected a keras_solo.Letterbox"):
        InstanceSegmenterPreprocessor((64, 64))
    few = InstanceSegmenterPreprocessor(LETTERBOX, num_classes=2)
    for call in (few, few.check):
        with pytest.raises(ValueError, match="labels from 0 to 1"):
            call(images, y)
