"""Names that differ, and lead to none of the files that are read."""

import pathlib

from keras_solo.data.result_files.result_names import ResultNames

OUT = pathlib.Path("out")


def test_no_two_names_are_the_same():
    paths = ["a/x.jpg", "b/x.png", "X.bmp", "x_2.png", "a/../a/x.jpg"]
    names = ResultNames(OUT)
    assert list(map(names.of, paths)) == ["x", "x_2", "X_3", "x_2_2", "x"]


def test_the_order_is_that_of_the_sources():
    names = ResultNames(OUT, ["a/x.jpg", "b/x.png"])
    assert (names.of("b/x.png"), names.of("a/x.jpg")) == ("x_2", "x")


def test_what_is_read_is_not_written_over():
    names = ResultNames(OUT, ["a/x.jpg", "out/x.png", "out/clip.mp4"])
    assert names.of("a/x.jpg") == "x_2"
    assert names.of("out/x.png") == "x_3"
    assert names.of("out/clip.mp4") == "clip_2"


def test_names_as_long_as_a_file_system_takes():
    names = ResultNames(OUT)
    assert names.of("x" * 250 + ".png") == "x" * 200
    assert names.of("y/" + "x" * 250 + ".png") == "x" * 200 + "_2"
    assert names.of("\u00e4" * 120 + ".png") == "\u00e4" * 100


def test_odd_names():
    names = ResultNames(OUT)
    for name in ("a b, c", "\u5c71.\u5ddd", ".hidden", "b\udcff"):
        assert names.of(f"{name}.png") == name
