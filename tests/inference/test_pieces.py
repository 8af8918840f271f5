import numpy as np

from keras_solo import Letterbox
from keras_solo.data import Instances, open_windows
from keras_solo.inference import Tiling
from keras_solo.inference.pieces import Pieces
from tests.seam_scene import IdealDecoder

LETTERBOX = Letterbox((32, 64), pad_value=(100.4, 50.6, 0.0))


def image_of(height, width):
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (height, width, 3)).astype(np.uint8)


def pieces_of(image, **tiling):
    return Pieces(open_windows(image), LETTERBOX, Tiling(**tiling))


def found_in(mask, score=0.9):
    return Instances(mask[None], [0], scores=[score])


def test_a_small_image_is_padded():
    image = image_of(5, 7)
    pieces = pieces_of(image)
    (pixels,) = pieces.drawn()
    assert len(pieces) == 1 and pixels.shape == (32, 64, 3)
    np.testing.assert_array_equal(pixels[:5, :7], image)
    assert (pixels[5:] == (100, 51, 0)).all()
    assert (pixels[:, 7:] == (100, 51, 0)).all()


def test_tiles_are_cut_at_the_scale_and_the_whole_comes_last():
    image = image_of(64, 256)
    pieces = pieces_of(image, scale=0.5, overlap=0.0)
    drawn = list(pieces.drawn())
    assert len(pieces) == len(drawn) == 3
    np.testing.assert_array_equal(drawn[0], image[:, :128])
    np.testing.assert_array_equal(drawn[1], image[:, 128:])
    assert drawn[2].shape == (16, 64, 3)
    assert len(pieces_of(image, overlap=0.0, whole=False)) == 8


def test_what_was_found_is_cut_to_the_image():
    pieces = pieces_of(image_of(5, 7))
    assert pieces.done == 0
    mask = np.zeros((32, 64), bool)
    mask[2:20, 3:20] = True
    beside = np.zeros((32, 64), bool)
    beside[10:20, 10:20] = True
    pieces.add(Instances(np.stack([mask, beside]), [0, 0]))
    assert pieces.done == 1
    objects = pieces.objects(IdealDecoder())
    np.testing.assert_array_equal(objects.masks.to_dense(), [mask[:5, :7]])


def test_a_large_object_comes_from_the_whole():
    """The whole is a quarter of the image, along a side."""
    pieces = pieces_of(image_of(64, 256), overlap=0.0)
    nothing = np.zeros((0, 32, 64), bool)
    for _ in range(8):
        pieces.add(Instances(nothing, []))
    large, small = np.zeros((2, 16, 64), bool)
    large[1:15, 2:50] = True
    small[1:3, 1:3] = True
    pieces.add(Instances(np.stack([large, small]), [0, 0]))
    objects = pieces.objects(IdealDecoder())
    want = large.repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(objects.masks.to_dense(), [want])
