"""Whole images, tiles or views: one of them, with what was chosen."""

import pytest

from keras_solo.inference import TTA, Tiling
from keras_solo.inference import chosen_stream as chosen

OPTIONS = {"on_error": "skip", "min_score": 0.5, "mask_dtype": "uint8"}


class Model:
    def segment_stream(self, images, batch_size, **options):
        how = "whole" if options.pop("ordered") else "in any order"
        assert options == OPTIONS
        yield from enumerate((how, image, batch_size) for image in images)


@pytest.fixture
def streams(monkeypatch):
    def stream(model, images, how, batch_size, **options):
        assert isinstance(model, Model)
        # Those of tiles alone.
        assert options.pop("max_pixels", 5) == 5
        assert options.pop("verbose", 2) == 2 and options == OPTIONS
        yield from enumerate((how, image, batch_size) for image in images)

    monkeypatch.setattr(chosen, "tiled_stream", stream)
    monkeypatch.setattr(chosen, "tta_stream", stream)


@pytest.mark.parametrize(
    ("tiled", "tta", "how"),
    [
        (False, False, "whole"),
        (True, False, None),
        (Tiling(scale=2.0), False, Tiling(scale=2.0)),
        (False, True, None),
        (False, TTA(flips=("none",)), TTA(flips=("none",))),
    ],
)
def test_streams(streams, tiled, tta, how):
    def found(images, **options):
        return list(
            chosen.chosen_stream(
                *(Model(), images, 3, tiled, tta),
                **{**OPTIONS, **options},
                max_pixels=5,
                verbose=2,
            )
        )

    assert found("ab") == [(0, (how, "a", 3)), (1, (how, "b", 3))]
    assert found("") == []
    if how == "whole":
        assert found("a", ordered=False) == [(0, ("in any order", "a", 3))]


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
    with pytest.raises(ValueError, match=words):
        chosen.chosen_stream(Model(), "", 3, tiled, tta)
