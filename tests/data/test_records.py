"""Record: an image and its objects, crowds apart."""

import cv2
import numpy as np
import pytest

from keras_solo.data import ImageError, ObjectAnnotation, Record
from keras_solo.data.records import load_scaled
from keras_solo.geometry import Intensity

SQUARE = ([0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0],)


def thing(crowd=False):
    return ObjectAnnotation(0, (0, 0, 2, 2), SQUARE, 4.0, crowd)


def test_a_record_without_objects():
    record = Record(1, (4, 6), image=np.zeros((4, 6, 3), np.uint8))
    assert record.instances == ()
    assert repr(record) == "<Record 1: 4 x 6, 0 objects>"
    assert record.full_masks().shape == (0, 4, 6)
    assert record.load_image().shape == (4, 6, 3)


def test_an_object_of_a_mask():
    """By hand: three columns of two pixels, of a wide image."""
    mask = np.zeros((4, 6), np.uint8)
    mask[1:3, 2:5] = 255
    made = ObjectAnnotation.from_mask(mask, 5, True, "a")
    assert (made.bbox, made.area) == ((2, 1, 5, 3), 6)
    assert (made.label, made.is_crowd, made.annotation_id) == (5, True, "a")
    again = ObjectAnnotation.from_rle(made.segmentation, 5)
    assert not again.is_crowd and again.bbox == made.bbox
    record = Record(1, (4, 6), (again,))
    np.testing.assert_array_equal(record.full_masks(), mask[None] > 0)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (0, 6)])
def test_an_object_of_no_mask(shape):
    words = r"\(height, width\) with a pixel .* shape .*, 0 pixels inside"
    with pytest.raises(ValueError, match=words):
        ObjectAnnotation.from_mask(np.zeros(shape, bool), 0)


def test_crowds_are_no_instances():
    record = Record(1, (4, 6), (thing(), thing(crowd=True)))
    assert len(record.objects) == 2
    assert len(record.instances) == 1
    masks = record.full_masks()
    assert masks.shape == (1, 4, 6)
    assert masks.sum() == 4
    assert masks.dtype == np.uint8


def test_a_record_without_an_image():
    with pytest.raises(ImageError, match="neither an image nor a path"):
        Record(1, (4, 6)).load_image()


def test_an_image_from_a_file(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((4, 6, 3), 9, np.uint8))
    assert (Record(1, (4, 6), image_path=path).load_image() == 9).all()
    with pytest.raises(ImageError, match=r"a\.png: the file is 4 x 6 .* 6 x 4"):
        Record(1, (6, 4), image_path=path).load_image()


def test_a_reduced_image_is_checked_by_the_size_of_its_file(tmp_path):
    """Also where both sizes would be reduced to the same one."""
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.full((41, 60, 3), 9, np.uint8))
    record = Record(1, (41, 60), image_path=path)
    assert record.load_image((20, 20)).shape == (21, 30, 3)
    assert record.load_image((21, 31)).shape == (41, 60, 3)
    with pytest.raises(ImageError, match=r"a\.jpg: the file is 41 x 60 .* 42"):
        Record(1, (42, 60), image_path=path).load_image((20, 20))


def test_an_array_is_never_reduced():
    record = Record(1, (4, 6), image=np.zeros((4, 6, 3), np.uint8))
    assert record.load_image((1, 1)).shape == (4, 6, 3)


# === Intensities ===

WHOLE = Intensity("percentiles", (0, 100))
DEEP = np.array([[0, 1000, 4000]], np.uint16)
SCALED = [[0] * 3, [64] * 3, [255] * 3]


def test_a_deep_file_is_scaled(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), DEEP)
    record = Record(1, (1, 3), image_path=path)
    assert record.load_image().max() == 16
    for image in (
        record.load_image(intensity=WHOLE),
        record.load_image((1, 1), WHOLE),
        load_scaled(record, WHOLE),
        load_scaled(record, WHOLE, (1, 1)),
    ):
        assert image.tolist() == [SCALED]


def test_a_float_file_of_another_size(tmp_path):
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), DEEP.astype("float32"))
    record = Record(1, (3, 1), image_path=path)
    with pytest.raises(ImageError, match=r"a\.tif: the file is 1 x 3 .* 3 x 1"):
        record.load_image(intensity=WHOLE)


@pytest.mark.parametrize("image", [DEEP, np.dstack([DEEP] * 3) / 8])
def test_arrays_are_scaled(image):
    record = Record(1, (1, 3), image=image)
    assert record.load_image(intensity=WHOLE).tolist() == [SCALED]
    assert load_scaled(record, Intensity()) is image


def test_own_records_need_not_know_what_nobody_asks_for():
    class Bare:
        def load_image(self):
            return DEEP

    assert load_scaled(Bare(), Intensity()) is DEEP
