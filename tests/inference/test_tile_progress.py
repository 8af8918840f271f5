import pytest

from keras_solo.inference.tile_progress import LONG, TileProgress


def test_nothing_is_said_of_few_tiles(capsys):
    progress = TileProgress("auto")
    progress(1, LONG - 1)
    progress(LONG - 1, LONG - 1)
    assert capsys.readouterr().out == ""


def test_each_image_has_a_progress_of_its_own(capsys):
    progress = TileProgress("auto")
    for of in (LONG, 3, LONG + 1):
        for done in range(of):
            progress(done + 1, of)
    assert capsys.readouterr().out == "64 of 64 tiles\n65 of 65 tiles\n"


def test_it_may_be_silent_or_not(capsys):
    TileProgress(0)(LONG, LONG)
    assert capsys.readouterr().out == ""
    TileProgress(2)(1, 1)
    assert capsys.readouterr().out == "1 of 1 tiles\n"


@pytest.mark.parametrize("verbose", [3, "loud", None])
def test_what_is_none(verbose):
    with pytest.raises(ValueError, match=r'Expected verbose to be "auto", 0'):
        TileProgress(verbose)
