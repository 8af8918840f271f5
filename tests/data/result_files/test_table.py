"""A table with a row for each instance, as the module `csv` reads it."""

import csv
import math

import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.data.result_files.table import COLUMNS, Table
from tests.data.found import found, frame, result, written


def rows(folder):
    with open(folder / "results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_none(tmp_path):
    with written(Table, tmp_path, result("empty", found(0))):
        assert not (tmp_path / "results.csv").exists()
    header = "file,frame,time,instance,track,class,score,x1,y1,x2,y2,area"
    text = (tmp_path / "results.csv").read_text()
    assert text == f"{header},center_x,center_y\n"


def test_an_image(tmp_path):
    name = 'a "b", \u5c71\nc'
    with written(Table, tmp_path, result(name)):
        pass
    cat, dog = rows(tmp_path)
    assert cat == {
        **{"file": f"photos/{name}.jpg", "frame": "", "time": ""},
        **{"instance": "1", "track": "", "class": "cat", "score": "0.9"},
        **{"x1": "2.0", "y1": "2.0", "x2": "6.0", "y2": "6.0", "area": "16"},
        **{"center_x": "4.0", "center_y": "4.0"},
    }
    assert tuple(cat) == COLUMNS
    assert dog["class"] == "dog, large" and dog["instance"] == "2"


def test_numbers_come_back(tmp_path):
    with written(Table, tmp_path, result()):
        pass
    back = np.float32([row["score"] for row in rows(tmp_path)])
    assert (back == found().scores).all()


def test_frames(tmp_path):
    with written(Table, tmp_path, frame(2, found(2, [5, -1]))):
        pass
    first, second = rows(tmp_path)
    assert (first["frame"], first["time"]) == ("2", "0.066667")
    assert (first["track"], second["track"]) == ("5", "")
    assert first["file"] == "clips/clip.mov"


def test_a_mask_without_a_pixel(tmp_path):
    nothing = Instances(np.zeros((1, 4, 4), bool), [0])
    with written(Table, tmp_path, result(instances=nothing)):
        pass
    [row] = rows(tmp_path)
    assert (row["class"], row["area"]) == ("0", "0")
    assert math.isnan(float(row["center_x"]))


def test_a_broken_video_has_no_rows(tmp_path):
    with written(Table, tmp_path, result()) as table:
        with pytest.raises(KeyError), table.video("clip", 25.0):
            table.add(frame(0))
            raise KeyError
        with table.video("other", 25.0):
            table.add(frame(0, name="other"))
    files = [row["file"] for row in rows(tmp_path)]
    assert files == ["photos/street.jpg"] * 2 + ["clips/other.mov"] * 2
