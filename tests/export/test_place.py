import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.export.card import card_path
from keras_solo.export.place import check_place, new_place


def saved_model(folder, text):
    folder.mkdir()
    (folder / "saved_model.pb").write_text(text)
    card_path(folder).write_text(text)


def test_a_file_and_what_is_beside_it(tmp_path):
    path = tmp_path / "deep" / "model.xml"
    check_place(path)
    with new_place(path) as new:
        new.write_text("graph")
        new.with_suffix(".bin").write_text("weights")
        assert not path.exists()
    assert path.read_text() == "graph"
    names = sorted(one.name for one in path.parent.iterdir())
    assert names == ["model.bin", "model.xml"]


def test_a_folder_takes_the_place_of_another(tmp_path):
    path = tmp_path / "model"
    saved_model(path, "old")
    (path / "variables").mkdir()
    check_place(path)
    with new_place(path) as new:
        saved_model(new, "new")
    assert (path / "saved_model.pb").read_text() == "new"
    assert card_path(path).read_text() == "new"
    assert not (path / "variables").exists()
    assert len(list(tmp_path.iterdir())) == 2


def test_after_an_error_all_is_as_it_was(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), new_place(path) as new:
        new.write_text("new")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_system_that_refuses(tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(NotWritten, match="model.onnx could not be written"):
        with new_place(path):
            raise OSError(28, "No space left on device")


def test_what_nobody_may_write(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("")
    with pytest.raises(FileExistsError, match="other things in it"):
        check_place(tmp_path / "photos")
    with pytest.raises(NotADirectoryError, match="one.jpg is a file"):
        check_place(tmp_path / "photos" / "one.jpg" / "model.onnx")
    (tmp_path / "model.bin").write_text("")
    with pytest.raises(FileExistsError, match="model.bin is there"):
        check_place(tmp_path / "model.xml")
    check_place(tmp_path / "model.onnx")
    card_path(tmp_path / "model.xml").write_text("")
    check_place(tmp_path / "model.xml")
    check_place(tmp_path / "nothing")
