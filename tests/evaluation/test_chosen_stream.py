"""Whole images, tiles or views: one of them, with what was chosen."""

import pytest

from keras_solo.data import ImageError
from keras_solo.evaluation import chosen_stream as chosen
from keras_solo.inference import TTA, Tiling


class Model:
    def segment_stream(self, images, batch_size, ordered):
        yield from enumerate(("whole", image, batch_size) for image in images)


@pytest.fixture
def streams(monkeypatch):
    def stream(model, images, how, batch_size):
        assert isinstance(model, Model)
        yield from enumerate((how, image, batch_size) for image in images)

    monkeypatch.setattr(chosen, "tiled_stream", stream)
    monkeypatch.setattr(chosen, "tta_stream", stream)


@pytest.mark.parametrize(
    ("tiled", "tta", "how"),
    [
        (False, False, "whole"),
        (True, False, Tiling()),
        (Tiling(scale=2.0), False, Tiling(scale=2.0)),
        (False, True, TTA()),
        (False, TTA(flips=("none",)), TTA(flips=("none",))),
    ],
)
def test_streams(streams, tiled, tta, how):
    found = list(chosen.chosen_stream(Model(), "ab", 3, tiled, tta))
    assert found == [(0, (how, "a", 3)), (1, (how, "b", 3))]
    assert list(chosen.chosen_stream(Model(), "", 3, tiled, tta)) == []


def test_an_image_that_cannot_be_read(monkeypatch):
    def stream(*arguments):
        yield 0, ImageError("photo.jpg is damaged")

    monkeypatch.setattr(chosen, "tiled_stream", stream)
    with pytest.raises(ImageError, match="photo.jpg"):
        list(chosen.chosen_stream(Model(), "a", 3, True))


@pytest.mark.parametrize(
    ("tiled", "tta", "words"),
    [
        (True, TTA(), "one of tiled and tta.*Received: tiled=True, tta=TTA"),
        (Tiling(), True, "one of tiled and tta"),
        (0.25, False, "tiled to be True, False or a Tiling. Received.*0.25"),
        (False, "flip", "tta to be True, False or a TTA. Received.*'flip'"),
        (TTA(), False, "or a Tiling"),
    ],
)
def test_it_refuses(tiled, tta, words):
    with pytest.raises(ValueError, match=words):
        chosen.check_choice(tiled, tta)
