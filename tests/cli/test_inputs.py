"""Files, folders, patterns and videos, each once and in order."""

import os

import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.inputs import is_video, named_inputs


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def images(*paths, **options):
    found = named_inputs(paths, **options)
    assert not found.videos
    return [path.name for path in found.images]


def test_folders_and_files(tmp_path):
    touch(tmp_path, "b.png", "a.JPG", "notes.txt")
    (tmp_path / "deeper.png").mkdir()
    # As a Mac leaves them on the disks of others.
    touch(tmp_path, "._b.png")
    found = images(tmp_path, tmp_path / "b.png", tmp_path / "notes.txt")
    # A file that is named is tried whatever its name; none comes twice.
    assert found == ["a.JPG", "b.png", "notes.txt"]


def test_nothing_to_segment(tmp_path):
    with pytest.raises(CliError, match="no image or video in the folder"):
        named_inputs([tmp_path])
    with pytest.raises(CliError, match="no file or folder"):
        named_inputs([tmp_path / "nothing"])


def test_subfolders_by_choice(tmp_path):
    touch(tmp_path, "deep/a.png", "deep/er/b.jpg", "deep/er/c.txt")
    with pytest.raises(CliError, match="--recursive searches"):
        named_inputs([tmp_path])
    assert images(tmp_path, recursive=True) == ["a.png", "b.jpg"]
    with pytest.raises(CliError, match="tmp_empty. Known are"):
        (tmp_path / "tmp_empty").mkdir()
        named_inputs([tmp_path / "tmp_empty"], recursive=True)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("https://a.org/b.jpg", "https://a.org/b.jpg is an address: download"),
        ("photos/*.jpg", "No image or video is called photos/[*].jpg. Known"),
        ("a/clip.MP4", "no file or folder a/clip.MP4[.]$"),
        ("nothing.jpg", "no file or folder nothing.jpg[.]$"),
    ],
)
def test_what_names_nothing(typed, problem):
    with pytest.raises(CliError, match=problem) as error:
        named_inputs([typed])
    assert "\n" not in str(error.value)


def test_videos_by_their_suffix(tmp_path):
    names = "a.mp4", "b.jpg", "c.MOV", "d.png", "e.wav"
    touch(tmp_path, *names)
    found = named_inputs([tmp_path / "c.MOV", tmp_path, tmp_path / "e.wav"])
    assert [path.name for path in found.videos] == ["c.MOV", "a.mp4"]
    assert [path.name for path in found.images] == ["b.jpg", "d.png", "e.wav"]
    assert all(map(is_video, found.videos))


def test_patterns(tmp_path, monkeypatch):
    touch(tmp_path, "z.jpg", "b/x y.jpg", "b/c/y.jpg", "b/c/y.png", "b/t.txt")
    monkeypatch.chdir(tmp_path)
    assert images("**/*.jpg") == ["y.jpg", "x y.jpg", "z.jpg"]
    assert images("b/*") == ["x y.jpg"]
    assert images("b/c/y.???") == ["y.jpg", "y.png"]
    assert images(str(tmp_path / "[yz].jpg"), "*.jpg") == ["z.jpg"]
    with pytest.raises(CliError, match="is called b/[*].txt"):
        named_inputs(["b/*.txt"])


def test_a_name_with_brackets_is_a_name(tmp_path):
    touch(tmp_path, "a[1].jpg", "a1.jpg")
    assert images(tmp_path / "a[1].jpg") == ["a[1].jpg"]


def test_one_file_by_several_ways_comes_once(tmp_path, monkeypatch):
    touch(tmp_path, "photos/a.jpg")
    monkeypatch.chdir(tmp_path)
    ways = "photos", "photos/../photos/a.jpg", tmp_path / "photos" / "a.jpg"
    [path] = named_inputs([*ways, "**/a.jpg"]).images
    assert path == tmp_path.__class__("photos", "a.jpg")


@pytest.mark.skipif(os.name == "nt", reason="Windows takes no such names")
def test_odd_names(tmp_path):
    names = "a\n.jpg", "b, c.jpg", "*.png", "\u5c71.png"
    touch(tmp_path, *names)
    assert sorted(images(tmp_path)) == sorted(names)


def test_results_among_what_is_searched_are_no_inputs(tmp_path, monkeypatch):
    """The same command finds the same files again."""
    touch(tmp_path, "a/x.jpg", "a/out/x.png", "a/out/clip/000000.png")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "a" / "out"
    assert images("a", recursive=True, output="a/out") == ["x.jpg"]
    assert images("a/**/*.[jp][pn]g", output=out) == ["x.jpg"]
    assert images("**/*.??g", output=out) == ["x.jpg"]
    # Who names them means them.
    assert images("a/out", output="a/out") == ["x.png"]
    assert images("a/out/*.png", output="a/out") == ["x.png"]
    assert images("a/out/x.png", output="a/out") == ["x.png"]
    assert images("a", output="a") == ["x.jpg"]
    with pytest.raises(CliError, match=r"is called a/[*]/[*].png. Known"):
        named_inputs(["a/*/*.png"], output=out)
