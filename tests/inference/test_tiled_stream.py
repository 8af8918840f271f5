import numpy as np
import pytest

from keras_solo import Intensity, Letterbox
from keras_solo.data import ImageError
from keras_solo.inference import Tiling, tiled_stream
from tests.seam_scene import (
    SIZE,
    IdealModel,
    coded,
    disc,
    ious,
    seam_masks,
)

LETTERBOX = Letterbox((64, 64))


def image_of(height, width, radius=9):
    """A disc in the middle."""
    mask = disc((height, width), width / 2, height / 2, radius)
    return coded(mask[None], [0])


def results_of(images, model=None, **options):
    model = model or IdealModel(LETTERBOX)
    return list(tiled_stream(model, images, **options))


def test_no_images():
    assert results_of([]) == []
    assert results_of(iter(())) == []


def test_no_objects():
    ((index, found),) = results_of([np.zeros((150, 100, 3), np.uint8)])
    assert index == 0 and len(found) == 0
    assert found.original_size == (150, 100)


def test_one_pixel():
    ((_, found),) = results_of([np.zeros((1, 1, 3), np.uint8)])
    assert len(found) == 0 and found.original_size == (1, 1)


def test_every_object_on_seams_comes_out_once_and_whole():
    """One on each seam, one on each corner, and one larger than a tile."""
    masks = seam_masks()
    labels = [0] * (len(masks) - 1) + [1]
    ((_, found),) = results_of([coded(masks, labels)], IdealModel())
    assert len(found) == len(masks) > 40
    same = ious(found, masks)
    assert (same.max(axis=0) >= 0.95).all()
    assert (found.scores >= 0.3).all()
    best = same.argmax(axis=1)
    np.testing.assert_array_equal(found.labels, np.array(labels)[best])


@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.5, 0.75])
def test_other_overlaps(overlap):
    """Without one nothing is joined; else all is, by however many tiles."""
    masks = seam_masks()[:, :256, :300]
    masks = masks[masks.sum(axis=(1, 2)) == masks[0].sum()]
    image = coded(masks, [0] * len(masks))
    ((_, found),) = results_of(
        [image], IdealModel(), tiling=Tiling(overlap=overlap)
    )
    if overlap:
        assert len(found) == len(masks)
        assert (ious(found, masks).max(axis=0) >= 0.95).all()
    else:
        assert len(found) > len(masks)


def test_pieces_of_all_images_share_batches():
    model = IdealModel(LETTERBOX)
    images = [image_of(64, 64), image_of(64, 112), image_of(50, 60)]
    tiling = Tiling(overlap=0.25, whole=False)
    found = results_of(images, model, tiling=tiling, batch_size=4)
    assert [index for index, _ in found] == [0, 1, 2]
    assert [one.original_size for _, one in found] == [
        *((64, 64), (64, 112), (50, 60))
    ]
    assert [len(one) for _, one in found] == [1, 1, 1]
    assert model.compiled_predictions["float32"].batches == [(4, 64, 64, 3)]


def test_images_are_drawn_as_they_are_needed():
    drawn = []

    def endless():
        while True:
            drawn.append(0)
            yield image_of(64, 64)

    stream = tiled_stream(IdealModel(LETTERBOX), endless(), batch_size=2)
    assert next(stream)[0] == 0 and len(drawn) < 10
    stream.close()


def test_an_image_that_cannot_be_read(tmp_path):
    path = tmp_path / "none.png"
    images = [image_of(64, 64), path, image_of(64, 64)]
    found = results_of(images, on_error="skip")
    assert [type(one).__name__ for _, one in found] == [
        *("Instances", "ImageError", "Instances")
    ]
    stream = tiled_stream(IdealModel(LETTERBOX), images)
    assert len(next(stream)[1]) == 1
    with pytest.raises(ImageError, match=r"none.png"):
        next(stream)


def test_scores_below_the_least_are_left_out():
    """A part of an object may be below it."""
    masks = np.stack([disc((64, 112), 56, 32, 14), disc((64, 112), 100, 32, 8)])
    image = coded(masks, [0, 0])
    scores = {1: 0.8, 2: 0.4}
    model = IdealModel(LETTERBOX, lambda number, mask: scores[number])
    for least, count in ((0.0, 2), (0.5, 1), (0.9, 0)):
        ((_, found),) = results_of([image], model, min_score=least)
        assert len(found) == count

    # Of the halves of the first, one has 0.7 and the other 0.45.
    halves = iter([0.7, 0.45])
    model = IdealModel(LETTERBOX, lambda number, mask: next(halves))
    tiling = Tiling(whole=False)
    ((_, found),) = results_of(
        [coded(masks[:1], [0])], model, min_score=0.5, tiling=tiling
    )
    assert (ious(found, masks[:1]) > 0.95).all() and len(found) == 1


def test_at_another_scale():
    """Half of it: an object of 90 pixels on tiles of 128."""
    mask = disc((256, 256), 128, 128, 45)[None]
    image = coded(mask, [0])
    ((_, found),) = results_of([image], tiling=Tiling(scale=0.5))
    assert len(found) == 1 and ious(found, mask).min() > 0.9
    assert found.image is image


def test_intensities_are_those_of_the_whole_image():
    """By percentiles, and the model is as it was."""
    letterbox = Letterbox(
        (64, 64), intensity=Intensity("percentiles", (0.0, 100.0))
    )
    model = IdealModel(letterbox)
    image = image_of(64, 112).astype(np.float32) * 100
    ((_, found),) = results_of([image], model)
    assert len(found) == 1 and found.image is None
    assert model.preprocessor is letterbox


@pytest.mark.parametrize(
    "tiling", [Tiling((32, 32)), Tiling((128, 128)), Tiling((64, 96))]
)
def test_tiles_that_do_not_fit_are_refused_at_once(tiling):
    with pytest.raises(ValueError, match="Expected a tile"):
        tiled_stream(IdealModel(LETTERBOX), [], tiling)


def test_arguments_are_refused_at_once():
    model = IdealModel(LETTERBOX)
    with pytest.raises(ValueError, match="Expected an iterable"):
        tiled_stream(model, np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(ValueError, match="batch_size"):
        tiled_stream(model, [], batch_size=0)
    with pytest.raises(ValueError, match="on_error"):
        tiled_stream(model, [], on_error="ignore")
    with pytest.raises(ValueError, match="mask_dtype"):
        tiled_stream(model, [], mask_dtype="int8")


def test_something_else_among_the_images():
    with pytest.raises(ValueError, match="Expected a path"):
        results_of([np.zeros((64, 64, 4), np.uint8)])


def test_the_scene_is_larger_than_its_tiles():
    assert min(SIZE) > 3 * 128
