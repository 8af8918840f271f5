"""A folder is written to by one at a time."""

import pytest

from keras_solo.data import ResultWriter
from keras_solo.data.result_files.one_writer import LOCK, one_writer


def test_nothing_is_left(tmp_path):
    with one_writer(tmp_path / "a" / "b"):
        pass
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_second_one_waits_for_the_end(tmp_path):
    with one_writer(tmp_path):
        with pytest.raises(OSError, match="Another process writes results"):
            with one_writer(tmp_path):
                raise AssertionError
    with one_writer(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_what_a_killed_process_left_holds_nobody(tmp_path):
    (tmp_path / LOCK).touch()
    with one_writer(tmp_path):
        pass
    assert not (tmp_path / LOCK).exists()


def test_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with one_writer(tmp_path):
            raise ZeroDivisionError
    with one_writer(tmp_path):
        pass


def test_writers_of_one_folder(tmp_path):
    with ResultWriter(tmp_path, ["csv"], class_names=["cat"]):
        with pytest.raises(OSError, match="Another process"):
            with ResultWriter(tmp_path, ["csv"], class_names=["cat"]):
                raise AssertionError
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]
