"""Files that are there as a whole, or as they were before."""

import errno
import os
import stat

import pytest

from keras_solo import _whole_files
from keras_solo._whole_files import (
    NotWritten,
    as_megabytes,
    flush,
    remove_own,
    reserve,
    whole_file,
    write_whole,
)


def test_new_and_again(tmp_path):
    path = tmp_path / "a.txt"
    for content in ("", "ä\r\nb\n", b"\x00\xff"):
        write_whole(path, content)
        expected = content if isinstance(content, bytes) else content.encode()
        assert path.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["replace", "fsync"])
@pytest.mark.parametrize("before", [None, "before"])
def test_killed_on_the_way(tmp_path, monkeypatch, place, before):
    path = tmp_path / "a.txt"
    if before is not None:
        path.write_text(before)

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, place, killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "after")
    assert [p.read_text() for p in tmp_path.iterdir()] == [before] * bool(
        before
    )


@pytest.mark.parametrize("place", ["replace", "fsync"])
def test_a_full_disk(tmp_path, monkeypatch, place):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, place, full)
    with pytest.raises(NotWritten, match="No space left .*MB are free") as e:
        write_whole(path, "after")
    assert str(path) in str(e.value) and e.value.errno == errno.ENOSPC
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_no_such_folder(tmp_path):
    with pytest.raises(NotWritten, match="No such file"):
        write_whole(tmp_path / "a" / "b.txt", "")


def test_an_error_of_a_library_that_has_no_number(tmp_path):
    error = NotWritten(tmp_path / "a.h5", OSError("file write\n failed"))
    assert "a.h5 could not be written: file write failed (" in str(error)


def test_where_nothing_is_known_of_the_space(tmp_path, monkeypatch):
    def unknown(path):
        raise OSError

    monkeypatch.setattr(_whole_files.shutil, "disk_usage", unknown)
    assert "not known" in str(NotWritten(tmp_path / "a", OSError("x")))


def test_a_link_stays_one(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link"
    path.write_text("before")
    link.symlink_to(path)
    write_whole(link, "after")
    assert link.is_symlink() and path.read_text() == "after"


def test_what_is_no_file(tmp_path):
    """A pipe, like /dev/stdout, is written as it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(pipe) as new:
        assert new == pipe
        new.write_text("hello")
    assert os.read(reader, 10) == b"hello"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_that_is_full():
    with pytest.raises(NotWritten, match="/dev/full could not be written: No"):
        write_whole("/dev/full", "x")


def test_a_pipe_behind_a_link(tmp_path):
    """As /dev/stdout is one."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(link, "hello")
    assert os.read(reader, 10) == b"hello"
    os.close(reader)


def test_a_drive_that_cannot_flush_folders(tmp_path, monkeypatch):
    def unable(number):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unable)
    flush(tmp_path)
    (tmp_path / "a").touch()
    with pytest.raises(OSError):
        flush(tmp_path / "a")


def test_what_is_ours_goes_and_nothing_else(tmp_path):
    folder, link = tmp_path / "a", tmp_path / "link"
    remove_own(folder, ["x"])
    folder.mkdir()
    for name in ("x", ".new-x", "mine"):
        (folder / name).touch()
    link.symlink_to(folder)
    remove_own(link, ["x", "mine"])
    assert not link.is_symlink() and len(list(folder.iterdir())) == 3
    remove_own(folder, ["x", "y"])
    assert [path.name for path in folder.iterdir()] == ["mine"]
    remove_own(folder, ["mine"])
    assert not folder.exists()


def test_room(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    for size in (0, 1000):
        reserve(path, size)
        assert not path.exists()
    with pytest.raises(OSError):
        reserve(path, 1 << 60)
    assert not path.exists()
    monkeypatch.delattr(os, "posix_fallocate")
    reserve(path, 1000)
    with pytest.raises(OSError, match="No space"):
        reserve(path, 1 << 60)
    assert not path.exists()


def test_flush(tmp_path, monkeypatch):
    flush(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(_whole_files.os, "name", "nt")
        patch.setattr(_whole_files.os, "open", None)
        flush(tmp_path)


def test_megabytes():
    assert as_megabytes(293e6) == "293 MB"
    assert as_megabytes(1.4e9) == "1,400 MB"
    assert as_megabytes(2.5e6) == "2.5 MB"
