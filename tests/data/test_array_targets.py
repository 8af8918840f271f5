import numpy as np
import pytest

from keras_solo.data.array_targets import (
    canvases_of,
    check_objects,
    targets_of,
)
from keras_solo.data.shapes import ShapesDataset
from keras_solo.geometry import Intensity, Letterbox

LETTERBOX = Letterbox((64, 96))


def arrays(dataset, slots):
    """Images, masks and labels as arrays, as people have them."""
    images = np.stack([one.load_image() for one in dataset])
    masks = np.zeros((len(dataset), slots, *images.shape[1:3]), bool)
    labels = np.full((len(dataset), slots), -1)
    for number, record in enumerate(dataset):
        found = record.full_masks()
        masks[number, : len(found)] = found
        labels[number, : len(found)] = [one.label for one in record.instances]
    return images, masks, labels


def test_no_objects():
    images = np.zeros((2, 20, 30, 3), "uint8")
    for slots in (0, 2):
        masks = np.zeros((2, slots, 20, 30), "uint8")
        labels = np.full((2, slots), -1)
        canvases, targets = targets_of(LETTERBOX, images, masks, labels)
        assert canvases.shape == (2, 64, 96, 3)
        some = max(1, slots)
        assert targets["masks"].shape == (2, some, 16, 24)
        assert (targets["labels"] == -1).all()
        assert targets["labels"].shape == (2, some)
        assert not targets["masks"].any()


@pytest.mark.parametrize("mask_targets", ["binary", "soft", "reference"])
def test_as_batches_of_a_dataset_are(mask_targets):
    dataset = ShapesDataset(3, (50, 70), seed=4)
    slots = dataset.max_objects()
    images, masks, labels = arrays(dataset, slots)
    canvases, targets = targets_of(
        LETTERBOX, images, masks, labels, mask_targets
    )
    [(wanted, wanted_targets)] = dataset.batches(
        LETTERBOX,
        batch_size=3,
        shuffle=False,
        mask_targets=mask_targets,
        max_objects=slots,
    )
    np.testing.assert_array_equal(canvases, wanted)
    np.testing.assert_array_equal(targets["labels"], wanted_targets["labels"])
    # Polygons there, pixels here.
    for name, most in (("boxes", 1.0), ("centers", 1.0)):
        np.testing.assert_allclose(
            targets[name], wanted_targets[name], atol=most
        )
    apart = np.abs(
        targets["masks"].astype(float) - wanted_targets["masks"].astype(float)
    )
    assert apart.mean() < 0.01 and targets["masks"].any()


def test_an_object_by_hand():
    """Twice as large on the canvas, where masks have a quarter of the sides."""
    masks = np.zeros((1, 3, 32, 48), "uint8")
    masks[0, 0, 4:8, 8:16] = 255
    masks[0, 2, 10:14, 2:4] = 1
    labels = np.array([[1, 7, 0]])  # that of 7 has no pixel
    images = np.full((1, 32, 48, 3), 9.6)
    canvases, targets = targets_of(LETTERBOX, images, masks, labels)
    np.testing.assert_array_equal(canvases, np.full((1, 64, 96, 3), 10))
    np.testing.assert_array_equal(targets["labels"], [[1, 0, -1]])
    np.testing.assert_array_equal(
        targets["boxes"][0], [[16, 8, 32, 16], [4, 20, 8, 28], [0, 0, 0, 0]]
    )
    wanted = np.zeros((16, 24))
    wanted[2:4, 4:8] = 1
    np.testing.assert_array_equal(targets["masks"][0, 0], wanted)


@pytest.mark.parametrize("canvas", ["fixed", "fit"])
def test_canvases_are_those_of_segment(canvas):
    letterbox = Letterbox((64, 96), canvas=canvas)
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 31, 3))
    for dtype in ("uint8", "float32", "int64"):
        given = images.astype(dtype)
        made = canvases_of(letterbox, given)
        as_floats = given if dtype == "uint8" else given.astype("float32")
        for one, image in zip(made, as_floats, strict=True):
            np.testing.assert_array_equal(one, letterbox.to_canvas(image))


def test_sixteen_bits_and_percentiles():
    """Images that are trained on are those that are predicted from."""
    images = np.random.default_rng(0).integers(300, 4300, (2, 32, 48, 3))
    images = images.astype("uint16")
    masks, labels = np.zeros((2, 1, 32, 48)), np.full((2, 1), -1)
    for letterbox, given in (
        (LETTERBOX, images * 15),
        (Letterbox((64, 96), intensity=Intensity("percentiles")), images),
        (Letterbox((64, 96), intensity=Intensity("percentiles")), images / 7),
    ):
        seen = canvases_of(letterbox, given)
        learned, _ = targets_of(letterbox, given, masks, labels)
        assert 60 < seen.mean() < 190 and seen.std() > 20
        np.testing.assert_allclose(learned, seen, atol=1)


@pytest.mark.parametrize("factor", [1 / 255, 2.0, -1.0, np.nan, np.inf])
def test_numbers_of_another_range(factor):
    images = np.full((1, 8, 8, 3), 200.0) * factor
    for call in (
        lambda: canvases_of(LETTERBOX, images),
        lambda: targets_of(
            *(LETTERBOX, images, np.zeros((1, 1, 8, 8)), np.zeros((1, 1)))
        ),
    ):
        with pytest.raises(ValueError, match="from 0 to 255"):
            call()


def test_labels_of_no_class():
    images, masks = np.zeros((1, 8, 8, 3)), np.zeros((1, 2, 8, 8))
    check_objects(images, masks, np.array([[2, -1]]), 3)
    check_objects(images, masks[:, :0], np.zeros((1, 0)), 3)
    for wrong in (0.5, np.nan):
        with pytest.raises(ValueError, match="whole numbers"):
            check_objects(images, masks, np.array([[wrong, -1]]))
    with pytest.raises(ValueError, match="from 0 to 2.*Received: 3"):
        check_objects(images, masks, np.array([[3, -1]]), 3)


def test_other_shapes():
    images = np.zeros((2, 8, 8, 3))
    masks, labels = np.zeros((2, 1, 8, 8)), np.zeros((2, 1))
    for wrong in (images[0], images[:0]):
        with pytest.raises(ValueError, match="at least one"):
            canvases_of(LETTERBOX, wrong)
    for wrong in (
        (images[..., :1], masks, labels),
        (images, masks[:, :, :4], labels),
        (images, masks[0], labels),
        (images, masks, labels[:, 0]),
        (images, masks, np.zeros((2, 3))),
    ):
        with pytest.raises(ValueError, match="Expected"):
            targets_of(LETTERBOX, *wrong)
    with pytest.raises(ValueError, match="mask_targets"):
        targets_of(LETTERBOX, images, masks, labels, "hard")
