"""plot_batch: what fit gets, drawn."""

import numpy as np
import pytest

from keras_solo.visualization import draw_instances, plot_batch


def batch(count=2, slots=2):
    images = np.full((count, 32, 64, 3), 90, np.uint8)
    targets = {
        "masks": np.zeros((count, slots, 8, 16), np.uint8),
        "labels": np.full((count, slots), -1),
        "boxes": np.zeros((count, slots, 4), np.float32),
    }
    return images, targets


def test_no_objects():
    images, targets = batch(3)
    page = plot_batch(images, targets, columns=2).array
    # 64 pixels are enlarged eight times.
    assert page.shape == (2 * 256 + 3 * 8, 2 * 512 + 3 * 8, 3)
    assert set(np.unique(page).tolist()) == {90, 255}


def test_no_images():
    with pytest.raises(ValueError, match="0 of the sizes"):
        plot_batch(*batch(0))


def test_masks_are_enlarged_to_the_canvas():
    images, targets = batch(1)
    targets["masks"][0, 1, 2:4, 3:9] = 1
    targets["labels"][0, 1] = 1
    targets["boxes"][0, 1] = 12, 8, 36, 16
    mask = np.zeros((1, 32, 64), bool)
    mask[0, 8:16, 12:36] = True
    names = ["cat", "dog"]
    expected = draw_instances(
        images[0], mask, [1], boxes=[[12, 8, 36, 16]], class_names=names
    )
    page = plot_batch(images, targets, names).array
    np.testing.assert_array_equal(page[8:-8, 8:-8], expected.array)
    soft = targets | {"masks": targets["masks"].astype(np.float16) / 2}
    np.testing.assert_array_equal(plot_batch(images, soft, names).array, page)


def test_without_names():
    images, targets = batch(1)
    targets["masks"][0, 1, 2:4, 3:9] = 1
    targets["labels"][0, 1] = 1
    names = ["cat", "dog"]
    with_names = plot_batch(images, targets, names).array
    without = plot_batch(images, targets, names, show_labels=False).array
    assert (with_names != without).any()
    unnamed = plot_batch(images, targets, ["", ""], show_labels=False).array
    np.testing.assert_array_equal(without, unnamed)


def test_without_boxes():
    images, targets = batch(1)
    targets["labels"][0, 0] = 0
    del targets["boxes"]
    assert plot_batch(images, targets).size == (272, 528)


def test_what_the_mask_grid_loses_is_its_box():
    images, targets = batch(1)
    targets["labels"][0, 0] = 0
    targets["boxes"][0, 0] = 40.2, 20.2, 41.0, 22.0
    mask = np.zeros((1, 32, 64), bool)
    mask[0, 20:22, 40:41] = True
    expected = draw_instances(
        images[0], mask, [0], boxes=targets["boxes"][0, :1]
    )
    page = plot_batch(images, targets).array
    np.testing.assert_array_equal(page[8:-8, 8:-8], expected.array)


@pytest.mark.parametrize("name", ["masks", "labels", "boxes"])
def test_arrays_that_do_not_fit(name):
    images, targets = batch()
    targets[name] = targets[name][:1]
    with pytest.raises(ValueError, match="Expected images .* Received"):
        plot_batch(images, targets)
