import dataclasses

import cv2
import numpy as np
import pytest

from keras_solo.data import (
    Augmentation,
    ObjectAnnotation,
    Record,
    ShapesDataset,
)
from keras_solo.data.canvas_masks import mask_centers, shrink_masks
from keras_solo.data.images import ImageError
from keras_solo.data.masks import encode_mask
from keras_solo.data.samples import SampleMaker, largest
from keras_solo.geometry import Intensity, Letterbox

LETTERBOX = Letterbox((64, 64))
NO_RANDOMNESS = np.random.default_rng(0)


def square(x, y, side, label=0, **changes):
    polygon = [x, y, x + side, y, x + side, y + side, x, y + side]
    box = (x, y, x + side, y + side)
    return ObjectAnnotation(
        label, box, (polygon,), float(side * side), **changes
    )


def record(*objects, size=(64, 64)):
    image = np.full((*size, 3), 9, np.uint8)
    return Record(1, size, objects, image=image)


def make(*objects, size=(64, 64), max_objects=2, **options):
    maker = SampleMaker(LETTERBOX, max_objects, **options)
    return maker(record(*objects, size=size), NO_RANDOMNESS)


@pytest.mark.parametrize(
    ("targets", "dtype"),
    [("binary", np.uint8), ("soft", np.float16), ("reference", np.uint8)],
)
def test_no_objects(targets, dtype):
    image, found = make(mask_targets=targets)
    assert image.shape == (64, 64, 3)
    assert image.dtype == np.uint8
    assert found["masks"].shape == (2, 16, 16)
    assert found["masks"].dtype == dtype
    assert found["labels"].tolist() == [-1, -1]
    assert found["labels"].dtype == np.int32
    assert found["boxes"].shape == (2, 4)
    assert found["centers"].shape == (2, 2)


def test_no_samples():
    images, found = SampleMaker(LETTERBOX, 2).stack([], 0)
    assert images.shape == (0, 64, 64, 3)
    assert found["masks"].shape == (0, 2, 16, 16)


def test_stacked_samples_are_single_ones():
    maker = SampleMaker(LETTERBOX, 2, "soft", Augmentation())
    records = [record(square(8 * i, 8, 9, i), size=(40, 90)) for i in range(3)]
    images, found = maker.stack(
        ((item, np.random.default_rng(i)) for i, item in enumerate(records)), 3
    )
    for i, item in enumerate(records):
        image, targets = maker(item, np.random.default_rng(i))
        np.testing.assert_array_equal(images[i], image)
        for key, array in targets.items():
            np.testing.assert_array_equal(found[key][i], array)


def test_as_many_samples_as_were_announced():
    maker = SampleMaker(LETTERBOX, 2)
    with pytest.raises(ValueError, match="zip"):
        maker.stack([(record(), NO_RANDOMNESS)], 2)


def test_one_object():
    _, found = make(square(8, 16, 12, label=3))
    assert found["labels"].tolist() == [3, -1]
    assert found["boxes"][0].tolist() == [8, 16, 20, 28]
    assert found["centers"][0].tolist() == [13.5, 21.5]
    expected = np.zeros((16, 16), np.uint8)
    expected[4:7, 2:5] = 1
    np.testing.assert_array_equal(found["masks"][0], expected)
    assert not found["masks"][1].any()


def test_the_image_is_put_on_the_canvas():
    image, found = make(square(20, 20, 40), size=(60, 120))
    assert (image[:32] == 9).all()
    assert (image[32:] == (124, 116, 104)).all()
    np.testing.assert_allclose(
        found["boxes"][0], [20 * 64 / 120, 20 * 32 / 60, 32, 32], rtol=1e-6
    )


def test_an_object_of_one_pixel_stays_a_target():
    """It has no cell on the binary mask grid, and a centre."""
    _, found = make(square(10, 20, 1))
    assert found["labels"].tolist() == [0, -1]
    assert found["centers"][0].tolist() == [10, 20]
    assert found["masks"].sum() == 0
    _, found = make(square(10, 20, 1), mask_targets="soft")
    assert found["masks"].sum() == 1 / 16


def test_an_object_without_a_pixel_is_left_out():
    _, found = make(square(10.4, 20.4, 0.05), square(8, 8, 8, label=1))
    assert found["labels"].tolist() == [1, -1]


def test_crowds_are_left_out():
    _, found = make(square(8, 8, 8, is_crowd=True), square(8, 8, 8, label=1))
    assert found["labels"].tolist() == [1, -1]


def test_the_largest_objects_stay_in_their_order():
    objects = (square(0, 0, 5), square(0, 0, 9, 1), square(0, 0, 7, 2))
    assert largest(objects, 3) is objects
    assert [item.label for item in largest(objects, 2)] == [1, 2]
    _, found = make(*objects)
    assert found["labels"].tolist() == [1, 2]


@pytest.mark.parametrize("targets", ["binary", "soft", "reference"])
def test_masks_and_centers_are_those_of_the_canvas_mask(targets):
    rng = np.random.default_rng(0)
    mask = (rng.random((64, 64)) < 0.5).astype(np.uint8)
    mask[:5] = mask[:, 40:] = 0
    item = ObjectAnnotation(0, (0, 0, 64, 64), encode_mask(mask), 99.0)
    _, found = make(item, mask_targets=targets)
    rule = "soft" if targets == "soft" else "binary"
    np.testing.assert_array_equal(found["masks"][0], shrink_masks(mask, rule))
    np.testing.assert_array_equal(
        found["centers"][0], mask_centers(mask[None])[0]
    )


def photo(path, pixels, *objects):
    assert cv2.imwrite(str(path), pixels, (cv2.IMWRITE_JPEG_QUALITY, 95))
    return Record(1, pixels.shape[:2], objects, image_path=path)


def both_decodings(record, augmentation=None):
    """What is made of the whole image, and of the reduced one."""
    for reduced in (False, True):
        maker = SampleMaker(
            LETTERBOX, 1, "binary", augmentation, reduced_decoding=reduced
        )
        yield maker(record, np.random.default_rng(0))


@pytest.mark.parametrize("augmentation", [None, Augmentation(0.0, (1, 1))])
def test_reduced_decoding_is_close_and_keeps_the_targets(
    tmp_path, augmentation
):
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    pixels = cv2.resize(coarse, (512, 400), interpolation=cv2.INTER_CUBIC)
    record = photo(tmp_path / "a.jpg", pixels, square(100, 90, 200))
    whole, reduced = both_decodings(record, augmentation)
    for key, array in whole[1].items():
        np.testing.assert_array_equal(reduced[1][key], array)
    difference = np.abs(reduced[0].astype(int) - whole[0])
    assert 0 < difference.mean() < 2
    assert difference.max() < 24


def test_reduced_decoding_moves_an_edge_by_less_than_a_pixel(tmp_path):
    """401 rows become 51, as large as 408 would: the worst there is."""
    pixels = np.zeros((401, 512, 3), np.uint8)
    pixels[:392] = 255
    record = photo(tmp_path / "a.jpg", pixels)
    rows = [image[:50, 0, 0] / 255 for image, _ in both_decodings(record)]
    heights = [row.sum() for row in rows]
    assert 0 < abs(heights[0] - heights[1]) < 1


def test_a_record_of_ones_own_need_not_know_reduced_decoding():
    class Bare:
        original_size = (64, 64)
        instances = ()

        def load_image(self):
            return np.full((64, 64, 3), 9, np.uint8)

    image, _ = SampleMaker(LETTERBOX, 1)(Bare(), NO_RANDOMNESS)
    assert (image == 9).all()


def test_it_refuses():
    with pytest.raises(ValueError, match="one of .*'hard'"):
        SampleMaker(LETTERBOX, 2, mask_targets="hard")
    with pytest.raises(ValueError, match=r"letterbox\.fixed\(\)"):
        SampleMaker(Letterbox((64, 96), canvas="fit"), 2)


# === Several images in a sample, and cut objects ===

STILL = Augmentation(0, (1, 1), "corner", 0, 0, 0)


def still(**changes):
    return dataclasses.replace(STILL, **changes)


def white(*objects):
    image = np.full((64, 64, 3), 255, np.uint8)
    return Record(2, (64, 64), objects, image=image)


@pytest.mark.parametrize("least", [0.0, 0.2, 0.3, 1.0])
def test_of_a_cut_object_a_part_must_be_visible(least):
    """A quarter of one is left, all of the other, nothing of the third."""
    item = record(
        square(56, 56, 16),
        square(20, 20, 8, 1),
        square(70, 0, 8, 2),
        size=(80, 80),
    )
    augmentation = still(min_visible=least, pixel_scale=1.0)
    maker = SampleMaker(LETTERBOX, 3, "binary", augmentation)
    _, found = maker(item, np.random.default_rng(0))
    labels = [0, 1, -1] if least < 0.25 else [1, -1, -1]
    assert found["labels"].tolist() == labels


def test_of_a_crop_the_objects_in_sight_get_the_slots():
    """The largest of the image are not on the canvas."""
    item = record(
        *(square(70, y, 9, 1) for y in (0, 20, 40)),
        square(20, 20, 8),
        square(40, 40, 6, 2),
        size=(80, 80),
    )
    maker = SampleMaker(LETTERBOX, 2, "binary", still(pixel_scale=1.0))
    _, found = maker(item, np.random.default_rng(0))
    assert found["labels"].tolist() == [0, 2]


def test_pasted_objects():
    pasted = square(16, 8, 16, 7)
    crowd = square(0, 0, 60, 8, is_crowd=True)
    below = square(8, 8, 16, 1), square(40, 40, 8, 2), square(18, 10, 5, 3)
    maker = SampleMaker(
        LETTERBOX, 4, "binary", still(copy_paste=1.0), False,
        None, [white(pasted, crowd)],
    )  # fmt: skip
    image, found = maker(record(*below), np.random.default_rng(0))
    assert found["labels"].tolist() == [1, 2, 7, -1]
    assert found["boxes"].astype(int).tolist()[:3] == [
        [8, 8, 16, 24],
        [40, 40, 48, 48],
        [16, 8, 32, 24],
    ]
    assert found["centers"][0].tolist() == [11.5, 15.5]
    assert (found["masks"].sum(axis=0) <= 1).all()
    assert found["masks"][0].sum() == 2 * 4
    assert (image[8:24, 16:32] == 255).all()
    assert (image[:8] == 9).all()


def test_nothing_is_pasted_of_an_image_without_objects():
    maker = SampleMaker(
        LETTERBOX, 2, "binary", still(copy_paste=1.0), False, None, [white()]
    )
    item = record(square(10, 20, 1))
    image, found = maker(item, np.random.default_rng(0))
    assert (image == 9).all()
    assert found["labels"].tolist() == [0, -1]


def test_the_smallest_of_a_composed_sample_are_left_out():
    maker = SampleMaker(
        LETTERBOX, 2, "binary", still(copy_paste=1.0), False,
        None, [white(square(40, 40, 9, 7))],
    )  # fmt: skip
    objects = square(0, 0, 20, 1), square(20, 20, 5, 2)
    _, found = maker(record(*objects), np.random.default_rng(0))
    assert found["labels"].tolist() == [1, 7]


@pytest.mark.parametrize("rotation", [0, 20])
def test_labelled_objects_of_composed_samples_can_be_seen(rotation):
    """Masks do not overlap what was pasted, and none is nearly hidden."""
    shapes = ShapesDataset(8, original_size=(48, 64))
    augmentation = Augmentation(
        copy_paste=1.0, mosaic=0.5, rotation=rotation, vertical_flip=0.5
    )
    maker = SampleMaker(LETTERBOX, 30, "soft", augmentation, dataset=shapes)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        image, found = maker(shapes[seed % 8], rng)
        full = found["labels"] >= 0
        pixels = 16 * found["masks"][full].astype(float).sum(axis=(1, 2))
        assert pixels.min() >= 16
        assert found["masks"].astype(float).sum(axis=0).max() <= 1
        x1, y1, x2, y2 = found["boxes"][full].T
        x, y = found["centers"][full].T
        assert ((x1 <= x) & (x <= x2) & (y1 <= y) & (y <= y2)).all()


def test_a_mosaic_shows_four_images():
    """Each image has a colour of its own and is an object as a whole."""
    dataset = [
        Record(i, (64, 64), (square(0, 0, 64, i),), np.full((64, 64, 3), i))
        for i in range(1, 40)
    ]
    dataset = [
        dataclasses.replace(one, image=one.image.astype(np.uint8))
        for one in dataset
    ]
    maker = SampleMaker(
        LETTERBOX, 4, "binary", still(mosaic=1.0), dataset=dataset
    )
    for seed in range(5):
        image, found = maker(dataset[0], np.random.default_rng(seed))
        labels = found["labels"].tolist()
        assert 1 in labels
        assert -1 not in labels
        for label, box in zip(labels, found["boxes"], strict=True):
            x1, y1, x2, y2 = box.astype(int)
            assert (image[y1:y2, x1:x2] == label).all()
            assert 16 <= x2 - x1 <= 32


def test_other_images_need_a_dataset():
    for option in ("mosaic", "copy_paste"):
        with pytest.raises(ValueError, match="Expected a dataset .*None"):
            SampleMaker(LETTERBOX, 2, "binary", still(**{option: 0.5}))
    for option in ("mosaic", "copy_paste"):
        maker = SampleMaker(
            LETTERBOX, 2, "binary", still(**{option: 1.0}), dataset=[]
        )
        with pytest.raises(ValueError, match=r"with images .* Received: \[\]"):
            maker(record(), np.random.default_rng(0))


def test_deep_images_are_scaled_as_the_letterbox_says(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 4096, (64, 64), np.uint16)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), pixels)
    record = Record(1, (64, 64), image_path=path)
    intensity = Intensity("percentiles")
    letterbox = Letterbox((64, 64), intensity=intensity)
    for reduced in (False, True):
        maker = SampleMaker(letterbox, 1, reduced_decoding=reduced)
        image, _ = maker(record, NO_RANDOMNESS)
        np.testing.assert_array_equal(image, intensity.to_rgb(pixels))
    augmented = SampleMaker(letterbox, 1, augmentation=Augmentation())
    assert augmented(record, np.random.default_rng(0))[0].max() == 255
    assert SampleMaker(LETTERBOX, 1)(record, NO_RANDOMNESS)[0].max() == 16


class Damaged(list):
    """Every other image cannot be read."""

    def __getitem__(self, index):
        if index % 2:
            raise ImageError(f"image {index} is damaged")
        return super().__getitem__(index)


@pytest.mark.parametrize("option", ["mosaic", "copy_paste"])
def test_damaged_images_of_a_composed_sample(option):
    """By choice others are taken, as long as there are any."""
    augmentation = still(**{option: 1.0})
    dataset = Damaged([white(square(40, 40, 9, 7))] * 2)
    makers = [
        SampleMaker(
            LETTERBOX, 8, "binary", augmentation, False, dataset,
            skip_damaged=skip,
        )
        for skip in (False, True)
    ]  # fmt: skip
    own = record(square(0, 0, 64, 1))
    for seed in range(10):
        _, found = makers[1](own, np.random.default_rng(seed))
        assert 7 in found["labels"]
    with pytest.raises(ImageError, match="image 1"):
        for seed in range(10):
            makers[0](own, np.random.default_rng(seed))
    alone = SampleMaker(
        LETTERBOX, 8, "binary", augmentation, False, AllDamaged([own]),
        skip_damaged=True,
    )  # fmt: skip
    with pytest.raises(ImageError, match="none"):
        alone(own, np.random.default_rng(0))


class AllDamaged(list):
    def __getitem__(self, index):
        raise ImageError("none can be read")


def test_masks_at_the_stride_of_the_letterbox():
    finer = dataclasses.replace(LETTERBOX, mask_stride=2)
    maker = SampleMaker(finer, 2)
    _, found = maker(record(square(8, 14, 10)), NO_RANDOMNESS)
    _, usual = make(square(8, 14, 10))
    want = np.zeros((2, 32, 32), np.uint8)
    want[0, 7:12, 4:9] = 1
    np.testing.assert_array_equal(found["masks"], want)
    for name in ("labels", "boxes", "centers"):
        np.testing.assert_array_equal(found[name], usual[name])
