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


def test_frames_that_are_read_are_not_written_over():
    """As those that somebody took out of a video, beside it."""
    frames = [f"out/clip/{number:06d}.png" for number in range(2)]
    names = ResultNames(OUT, ["out/clip.mp4", "film.mp4", *frames])
    assert names.of("out/clip.mp4") == "clip_2"
    assert ResultNames(OUT, ["clip.mp4", *frames]).of("clip.mp4") == "clip_2"
    assert names.of("film.mp4") == "film"


def test_label_maps_that_are_read_are_not_written_over():
    maps = ["a/x.jpg", "out/label-maps/x.png", "out/label-maps/clip/000000.png"]
    names = ResultNames(OUT, ["clip.mp4", *maps])
    assert names.of("clip.mp4") == "clip_2"
    assert names.of("a/x.jpg") == "x_2"
    assert names.of("out/label-maps/x.png") == "x_3"


def test_links_have_names_of_their_own(tmp_path):
    street, latest = tmp_path / "street.png", tmp_path / "latest.png"
    street.touch()
    latest.symlink_to(street)
    names = ResultNames(OUT, [street, latest])
    assert [names.of(street), names.of(latest)] == ["street", "latest"]
    # What a link leads to is not written over, either.
    assert ResultNames(tmp_path, [latest]).of("a/street.jpg") == "street_2"


def test_names_as_long_as_a_file_system_takes():
    names = ResultNames(OUT)
    assert names.of("x" * 250 + ".png") == "x" * 200
    assert names.of("y/" + "x" * 250 + ".png") == "x" * 200 + "_2"
    assert names.of("\u00e4" * 120 + ".png") == "\u00e4" * 100


def test_odd_names():
    names = ResultNames(OUT)
    for name in ("a b, c", "\u5c71.\u5ddd", ".hidden", "b\udcff"):
        assert names.of(f"{name}.png") == name
