import cv2
import keras
import numpy as np
import pytest

from keras_solo import Intensity, Letterbox
from keras_solo.data import Batches, ImageError, Record, load_image
from keras_solo.models import compiled_prediction
from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.loading import THREADS
from keras_solo.models.segment_stream import filled_slots, segment_stream

LOW = {"score_threshold": 0.05, "update_threshold": 0.001}


def make_it(make_model):
    """Many canvases, many detections."""
    return make_model(
        preprocessor=Letterbox((64, 96), canvas="fit"), decoder=LOW
    )


@pytest.fixture
def fresh(make_model):
    return make_it(make_model)


@pytest.fixture(scope="module")
def model(make_model):
    """Compiled once for all that ask nothing of which canvases it has seen."""
    keras.utils.set_random_seed(0)
    return make_it(make_model)


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (4, 5, 3)).astype("uint8")
    return cv2.resize(coarse, (width, height))


def photos(count=9):
    """Of three canvases, mixed."""
    sizes = ((40, 40), (40, 60), (60, 40))
    return [photo(*sizes[(i * i) % 3], seed=i) for i in range(count)]


def watched(model, monkeypatch):
    """The shapes of the batches that are predicted from now on."""
    shapes = []
    call = CompiledPrediction.__call__
    monkeypatch.setattr(
        CompiledPrediction,
        "__call__",
        lambda self, batch: shapes.append(batch.shape) or call(self, batch),
    )
    return shapes


def check_same(one, other):
    assert one.original_size == other.original_size
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
    assert (one.masks != other.masks).mean() < 1e-3


def test_no_images(model):
    assert list(model.segment_stream([])) == []
    assert list(segment_stream(model, iter(()))) == []


@pytest.mark.parametrize(
    "batch_size, megapixels, ordered",
    [
        (1, 32.0, True),
        (2, 0.0, True),
        (2, 0.006, False),
        (3, 0.006, True),
        (3, 32.0, True),
        (3, 32.0, False),
    ],
)
def test_as_one_by_one(model, batch_size, megapixels, ordered):
    want = [model.segment(image) for image in photos()]
    assert min(map(len, want)) > 0
    got = list(
        model.segment_stream(
            (image for image in photos()),
            batch_size,
            ordered=ordered,
            max_megapixels=megapixels,
        )
    )
    order = [index for index, _ in got]
    assert sorted(order) == list(range(9))
    assert not ordered or order == sorted(order)
    for index, found in got:
        check_same(found, want[index])


def test_as_they_are_ready(model):
    images = [photo(40, 60), photo(40, 40), photo(40, 40), photo(40, 60)]
    ready = model.segment_stream(images, 2, ordered=False)
    assert [index for index, _ in ready] == [1, 2, 0, 3]


def test_images_of_one_canvas_share_a_batch(fresh, monkeypatch):
    shapes = watched(fresh, monkeypatch)
    images = [photo(40, 40), photo(40, 60)] * 4
    assert len(list(fresh.segment_stream(images, 4))) == 8
    assert sorted(shapes) == [(4, 64, 64, 3), (4, 64, 96, 3)]


def test_the_oldest_group_goes_when_too_much_waits(fresh, monkeypatch):
    """An image of 40 x 40 pixels is 0.0016 megapixels."""
    shapes = watched(fresh, monkeypatch)
    images = [photo(40, 40), photo(40, 60), photo(60, 40), photo(40, 40)]
    stream = fresh.segment_stream(images, 4, ordered=False, max_megapixels=0.0)
    assert [index for index, _ in stream] == [0, 1, 2, 3]
    assert shapes == [
        *((1, 64, 64, 3), (1, 64, 96, 3), (1, 96, 64, 3), (1, 64, 64, 3))
    ]


def test_large_images_go_before_their_batch_is_full(fresh, monkeypatch):
    """Three of 0.0016 megapixels exceed the bound: two go, without padding."""
    shapes = watched(fresh, monkeypatch)
    fresh.compiled_prediction.shapes.add((8, 64, 64, 3))
    images = [photo(40, 40)] * 8
    stream = fresh.segment_stream(images, 8, max_megapixels=0.004)
    assert [index for index, _ in stream] == list(range(8))
    assert shapes[:3] == [(2, 64, 64, 3)] * 3
    assert len(shapes) == 4


def test_what_is_left_fills_no_more_than_there_was(fresh, monkeypatch):
    shapes = watched(fresh, monkeypatch)
    assert len(list(fresh.segment_stream([photo(40, 40)], 8))) == 1
    images = [photo(40, 60)] * 6 + [photo(60, 40)] * 3
    assert len(list(fresh.segment_stream(images, 8))) == 9
    assert shapes == [(1, 64, 64, 3), (8, 64, 96, 3), (8, 96, 64, 3)]


def test_what_was_found_waits_too(model):
    """One odd image in front must not make all others wait for their turn."""
    drawn = []

    def images():
        for index in range(60):
            drawn.append(index)
            yield photo(40, 60) if index == 0 else photo(40, 40)

    stream = model.segment_stream(images(), 4, max_megapixels=0.05)
    index, _ = next(stream)
    assert index == 0 and len(drawn) < 30 + THREADS
    assert [i for i, _ in stream] == list(range(1, 60))


def test_images_are_drawn_as_they_are_needed(model):
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield photo(40, 40)

    stream = model.segment_stream(endless(), 2)
    next(stream)
    assert len(drawn) == 2 + THREADS
    stream.close()


def test_compiled_shapes_are_bounded(fresh, monkeypatch):
    monkeypatch.setattr(compiled_prediction, "MAX_SHAPES", 1)
    fresh.segment(photo(40, 40))
    first = fresh.compiled_prediction.step
    fresh.segment(photo(40, 60))
    assert fresh.compiled_prediction.step is not first
    assert len(fresh.compiled_prediction.shapes) == 1


def test_filled_slots_are_fetched_alone():
    """Two images, one and three of six slots filled; four are fetched."""
    found = {
        "masks": keras.ops.ones((2, 6, 8, 8)),
        "confidence": keras.ops.ones((2, 6)),
        "num_detections": keras.ops.array([1, 3]),
        "num_candidates": keras.ops.array([9, 9]),
    }
    slots = filled_slots(found)
    shapes = {name: values.shape for name, values in slots.items()}
    assert shapes == {
        "masks": (2, 4, 8, 8),
        "confidence": (2, 4),
        "num_detections": (2,),
    }
    found["num_detections"] = keras.ops.array([0, 0])
    assert filled_slots(found)["masks"].shape == (2, 1, 8, 8)
    found["num_detections"] = keras.ops.array([6, 0])
    assert filled_slots(found)["masks"].shape == (2, 6, 8, 8)


def test_min_score(model):
    ((_, whole),) = model.segment_stream([photo(40, 40)])
    middle = float(whole.scores[len(whole) // 2])
    ((_, best),) = model.segment_stream([photo(40, 40)], min_score=middle)
    kept = whole[whole.scores >= middle]
    assert 0 < len(kept) < len(whole)
    check_same(best, kept)


@pytest.mark.parametrize("ordered", [True, False])
def test_errors_are_skipped_or_raised(model, tmp_path, ordered):
    nowhere = tmp_path / "nowhere.png"
    images = [photo(40, 40), nowhere, photo(40, 40)]
    got = dict(model.segment_stream(images, ordered=ordered, on_error="skip"))
    assert isinstance(got[1], ImageError) and "nowhere.png" in str(got[1])
    assert got[0].original_size == got[2].original_size == (40, 40)
    found = []
    with pytest.raises(ImageError, match="nowhere.png"):
        for index, _ in model.segment_stream(images, ordered=ordered):
            found.append(index)
    assert found == [0]


def test_what_is_no_image_is_never_skipped(model):
    with pytest.raises(ValueError, match="uint8 RGB"):
        list(model.segment_stream([np.zeros((4, 4))], on_error="skip"))


@pytest.mark.parametrize(
    "images, arguments, words",
    [
        ("photo.png", {}, "iterable"),
        (np.zeros((2, 4, 4, 3), "uint8"), {}, "iterable"),
        (3, {}, "iterable"),
        ([], {"batch_size": 0}, "batch_size=0"),
        ([], {"on_error": "ignore"}, "'ignore'"),
    ],
)
def test_arguments_are_checked_at_once(model, images, arguments, words):
    with pytest.raises(ValueError, match=words):
        model.segment_stream(images, **arguments)


# === Training and prediction agree ===


def deep_image(colour, height=50, width=70):
    """12 bits in 16, and a few hot pixels."""
    rng = np.random.default_rng(1)
    shape = (height, width, 3) if colour else (height, width)
    pixels = rng.integers(300, 4096, shape).astype("uint16")
    pixels[::25, ::35] = 65535
    return pixels


@pytest.fixture(scope="module", params=[False, True])
def scaling(make_model, request):
    """A model that scales all channels alike, or each one."""
    letterbox = Letterbox(
        (64, 64),
        pad_value=(124, 116, 104),  # as whole numbers, which batches hold
        intensity=Intensity("percentiles", (1, 99.8), request.param),
    )
    return make_model(preprocessor=letterbox, decoder=LOW)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("colour", [False, True])
def test_the_canvas_of_training_is_the_canvas_of_prediction(
    scaling, monkeypatch, tmp_path, suffix, colour
):
    letterbox = scaling.preprocessor
    pixels, path = deep_image(colour), tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), pixels[..., ::-1] if colour else pixels)
    seen = []
    call = CompiledPrediction.__call__
    monkeypatch.setattr(
        CompiledPrediction,
        "__call__",
        lambda self, batch: seen.append(batch) or call(self, batch),
    )
    record = Record(1, (50, 70), image_path=path)
    ((trained, _),) = Batches([record], letterbox, 1, max_objects=1)
    found = [scaling.segment(image) for image in (path, pixels)]
    ((_, streamed),) = scaling.segment_stream([lambda: pixels])
    by_hand = letterbox.to_canvas(pixels)
    by_file = letterbox.to_canvas(
        load_image(path, intensity=letterbox.intensity)
    )
    assert len(seen) == 3
    for canvas in (*(one[0] for one in seen), by_hand, by_file):
        np.testing.assert_array_equal(canvas, trained[0])
    # What is plotted is what the model saw, not a black image.
    for one in (*found, streamed):
        assert one.image.dtype == np.uint8 and one.image.mean() > 100
        np.testing.assert_array_equal(one.image, found[0].image)


def test_by_type_as_ever(make_model, tmp_path):
    pixels, path = deep_image(colour=True), tmp_path / "a.png"
    cv2.imwrite(str(path), pixels[..., ::-1])
    found = make_model(decoder=LOW).segment(path)
    want = (pixels.astype(int) + 128) // 257
    np.testing.assert_array_equal(found.image, want)
