"""A file that grows has its name when it is complete, and only then."""

import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.data.result_files.growing_file import growing_file


def test_nothing(tmp_path):
    with growing_file(tmp_path / "a.txt"):
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_bytes() == b""


def test_pieces(tmp_path):
    with growing_file(tmp_path / "a.txt") as file:
        file.write("\u00e4\n")
        file.write("b\udcff\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa4\nb\\udcff\r\n"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyboardInterrupt(), OSError(5, "of another")]
)
def test_after_an_error_it_is_what_it_was(tmp_path, error):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(type(error)) as caught:  # noqa: PT012
        with growing_file(tmp_path / "a.txt") as file:
            file.write("half")
            raise error
    # As it is: the error of another file is not said to be of this one.
    assert caught.value is error
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "before"


def test_a_part_all_or_nothing(tmp_path):
    with growing_file(tmp_path / "a.txt") as file:
        file.write("one ")
        for word in ("two ", "three "):
            with file.all_or_nothing():
                file.write(word)
        with pytest.raises(KeyError), file.all_or_nothing():
            file.write("\u00e4" * 100_000)
            raise KeyError
        file.write("four")
    assert (tmp_path / "a.txt").read_text() == "one two three four"


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(NotWritten, match="a.txt could not be written"):
        with growing_file(tmp_path / "no" / "a.txt"):
            raise AssertionError


def test_a_full_disk():
    with pytest.raises(NotWritten, match="/dev/full could not be written"):
        with growing_file("/dev/full") as file:
            file.write("x" * 1_000_000)
