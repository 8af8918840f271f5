import pytest

from keras_solo import Intensity, Letterbox
from keras_solo.inference import TTA
from keras_solo.inference.tta import scaled_letterbox


def test_lists_become_tuples():
    tta = TTA(["none"], [0.5, 1])
    assert tta == TTA(("none",), (0.5, 1))
    assert TTA().flips == ("none", "horizontal") and TTA().scales == (1.0,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"flips": ()}, "flips to be one or more .* Received: flips="),
        ({"flips": "none"}, "flips to be one or more .*'none'"),
        ({"flips": ("none", "none")}, "flips to be one or more different"),
        ({"flips": ("none", "left")}, "flips among .*'both'.*'left'"),
        ({"flips": ("none", 3)}, "flips among"),
        ({"scales": ()}, "scales to be one or more"),
        ({"scales": 1.0}, r"scales to be one or more .*Received: scales=1\.0"),
        ({"scales": (1.0, 1.0)}, "one or more different"),
        ({"scales": (1.0, 0.0)}, r"scales above 0.*0\.0"),
        ({"scales": (-1,)}, "scales above 0"),
        ({"scales": (float("nan"),)}, "scales above 0"),
        ({"scales": (float("inf"),)}, "scales above 0"),
        ({"scales": ("large",)}, "scales above 0.*'large'"),
    ],
)
def test_errors_are_one_line(arguments, words):
    with pytest.raises(ValueError, match=words) as caught:
        TTA(**arguments)
    assert "\n" not in str(caught.value)


def test_letterboxes():
    letterbox = Letterbox(
        (128, 192), multiple=64, intensity=Intensity("percentiles")
    )
    small, same, large = TTA(scales=(0.6, 1.0, 1.3)).letterboxes(letterbox)
    sizes = [one.image_size for one in (small, same, large)]
    assert sizes == [(64, 128), (128, 192), (192, 256)]
    assert same == Letterbox((128, 192), multiple=64)
    fit = scaled_letterbox(Letterbox((100, 150), "fit"), 0.55)
    assert fit.image_size == (55, 83) and fit.canvas_size((40, 40)) == (64, 64)


@pytest.mark.parametrize(
    ("letterbox", "scale"),
    [(Letterbox((128, 192)), 0.1), (Letterbox((100, 150), "fit"), 0.004)],
)
def test_nothing_left_of_the_canvas(letterbox, scale):
    with pytest.raises(ValueError, match=f"leaves a canvas .*scale={scale}"):
        TTA(scales=(1.0, scale)).letterboxes(letterbox)
