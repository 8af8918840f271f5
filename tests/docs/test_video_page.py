"""Runs the Python code of the page on video."""

import dataclasses
import re

import cv2

from keras_solo.inference import Tracker
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "video.md"


def test_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, {})
    ids = [frame.instances.track_ids.tolist() for frame in names["frames"]]
    tracks = [set(one) - {-1} for one in ids]
    assert len(tracks) == 8 and tracks[1] == tracks[-1] and len(tracks[1]) == 2
    video = cv2.VideoCapture("found.mp4")
    assert sum(1 for _ in iter(lambda: video.read()[0], False)) == 8


def test_every_setting_and_its_default_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \| `?(.*?)`? \| ", PAGE.read_text(), re.M)
    fields = dataclasses.fields(Tracker)
    assert dict(rows) == {one.name: str(one.default) for one in fields}
