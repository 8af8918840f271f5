import types

import numpy as np
import pytest

from keras_solo import Intensity, Letterbox
from keras_solo.data import ImageError, Instances
from keras_solo.geometry.flipped_runs import FLIPS
from keras_solo.inference import TTA, segment_tta, tta_stream
from keras_solo.inference.merged_views import merged_views
from keras_solo.inference.tta_stream import flipped_image, flipped_instances
from keras_solo.layers import InstanceDecoder
from keras_solo.models.segment_stream import segment_stream


class Colours:
    """Finds what is red and what is blue, and likes the left better."""

    def __init__(self):
        self.shapes = set()

    def batch_size(self, count, canvas, default):
        return default

    def __call__(self, canvases):
        self.shapes.add(canvases.shape)
        masks = np.stack([canvases[:, 2::4, 2::4, c] for c in (0, 2)], 1) / 255
        columns = np.linspace(1, 0, masks.shape[-1])
        pixels = masks.sum((2, 3)) + 1e-6  # an empty canvas fills a batch
        left = (masks * columns).sum((2, 3)) / pixels
        return {
            "masks": masks.astype("float32"),
            "labels": np.tile(np.array([0, 1]), (len(canvases), 1)),
            "confidence": left.astype("float32"),
            "num_detections": np.full(len(canvases), 2),
        }


def seeing(letterbox):
    """What a stream asks of a model."""
    return types.SimpleNamespace(
        preprocessor=letterbox,
        class_names=("red", "blue"),
        category_ids=None,
        compiled_predictions={"float32": Colours(), "uint8": Colours()},
        decoder=InstanceDecoder(),
    )


@pytest.fixture
def model():
    return seeing(Letterbox((64, 96)))


@pytest.fixture
def images():
    """A red and a blue rectangle each, apart, of three sizes."""
    several = []
    for i in range(3):
        image = np.zeros((96 + 8 * i, 140, 3), np.uint8)
        image[8:40, 12 : 60 + 8 * i, 0] = 255
        image[50 + 4 * i : 90, 60:132, 2] = 255
        several.append(image)
    return several


def alone(model, image):
    """What one view shows, the best first."""
    ((_, instances),) = segment_stream(model, [image], 2)
    return instances[np.argsort(-instances.scores, kind="stable")]


def check_equal(one, other):
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert (one.masks != other.masks).mean() < 1e-3
    np.testing.assert_array_equal(one.image, other.image)


def test_no_images(model):
    assert list(tta_stream(model, [])) == []


def test_one_view_is_what_segment_gives(model, images):
    before = dict(model.compiled_predictions), model.preprocessor
    for index, found in tta_stream(model, iter(images), TTA(("none",)), 2):
        want = alone(model, images[index])
        check_equal(found, want)
        assert found.class_names == want.class_names
    assert (dict(model.compiled_predictions), model.preprocessor) == before


def test_views_are_of_the_flipped_image(model, images):
    """Each view alone, and all of them merged, in the pixels of the image."""
    image = images[0]
    views = []
    for name, flip in FLIPS.items():
        mirrored = alone(model, flipped_image(image, flip))
        views.append(flipped_instances(mirrored, flip))
        np.testing.assert_array_equal(views[-1].image, image)
        one = segment_tta(model, image, (name,), batch_size=2)
        check_equal(one, views[-1])
        np.testing.assert_array_equal(
            views[-1].masks, flipped(mirrored.masks, flip)
        )
    want = merged_views(views, model.decoder)
    got = segment_tta(model, image, tuple(FLIPS), batch_size=2, min_score=0.2)
    check_equal(got, want[want.scores >= 0.2])
    assert len(got) > 0


def flipped(masks, flip):
    masks = masks[:, :, ::-1] if flip.horizontal else masks
    return masks[:, ::-1] if flip.vertical else masks


def test_scales_in_the_order_of_the_images(model, images):
    tta = TTA(("none", "vertical"), (0.5, 1.0))
    found = dict(tta_stream(model, (lambda i=i: i for i in images), tta, 2))
    assert list(found) == [0, 1, 2]
    one = segment_tta(model, images[1], tta.flips, tta.scales, batch_size=2)
    check_equal(found[1], one)
    shapes = model.compiled_predictions["float32"].shapes
    assert {shape[1:3] for shape in shapes} == {(32, 64), (64, 96)}


def test_percentiles_are_taken_once(images):
    """Views are mirrored after the intensities of the image are scaled."""
    letterbox = Letterbox((64, 96), intensity=Intensity("percentiles"))
    microscope = seeing(letterbox)
    image = images[0][..., 0] * 200.0
    want = alone(microscope, image)
    got = segment_tta(microscope, image, ("none",), batch_size=2)
    check_equal(got, want)
    assert len(got) and got.image.max() == 255


def test_images_that_cannot_be_read(model, images, tmp_path):
    mixed = [images[0], tmp_path / "none.png", images[1]]
    tta = TTA(("none", "horizontal"), (0.5, 1.0))
    found = list(tta_stream(model, mixed, tta, 2, on_error="skip"))
    assert [index for index, _ in found] == [0, 1, 2]
    kinds = [type(one) for _, one in found]
    assert kinds == [Instances, ImageError, Instances]
    stream = tta_stream(model, mixed, tta, 2)
    assert next(stream)[0] == 0
    with pytest.raises(ImageError, match="none.png"):
        next(stream)
    with pytest.raises(ImageError, match="none.png"):
        segment_tta(model, tmp_path / "none.png")


def test_errors_at_once(model, images):
    for wrong in (images[0], "photo.jpg", 3):
        with pytest.raises(ValueError, match="Expected an iterable of images"):
            tta_stream(model, wrong)
    with pytest.raises(ValueError, match="batch_size of at least 1"):
        tta_stream(model, images, batch_size=0)
    with pytest.raises(ValueError, match='"raise" or "skip"'):
        tta_stream(model, images, on_error="ignore")
    with pytest.raises(ValueError, match="mask_dtype"):
        tta_stream(model, images, mask_dtype="int8")
    with pytest.raises(ValueError, match="leaves a canvas"):
        tta_stream(model, images, TTA(scales=(0.01,)))
