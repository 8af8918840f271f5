import base64
import math
import re

import cv2
import numpy as np
import pytest

from keras_solo.visualization import Page, Picture

HOSTILE = "<script>alert(1)</script>\n\u202e\x1b[31m\"'&" + "x" * 300


def test_an_empty_page_has_its_title():
    text = Page("Nothing").to_html()
    assert text.startswith("<!DOCTYPE html>")
    assert text.count("Nothing") == 2
    assert "<table" not in text and "<img" not in text


def test_text_of_others_is_text():
    page = Page(HOSTILE)
    page.add_heading(HOSTILE)
    page.add_text(HOSTILE)
    page.add_table([HOSTILE], [[HOSTILE]])
    page.add_pictures([(Picture(np.zeros((2, 3, 3), np.uint8)), HOSTILE)])
    text = page.to_html()
    assert "<script" not in text
    assert "\u202e" not in text and "\x1b" not in text
    # The title twice, a heading, a text, two cells, a caption and its alt.
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 8


def test_numbers_are_aligned_and_what_is_none_is_a_dash():
    page = Page("Scores")
    page.add_table(
        ["class", "AP", "objects"],
        [["cat", 0.12345, 7], ["dog", math.nan, 0]],
    )
    text = page.to_html()
    rows = re.findall("<tr>(.*)</tr>", text)
    assert rows == [
        "<th>class</th><th class=number>AP</th><th class=number>objects</th>",
        "<td>cat</td><td class=number>0.123</td><td class=number>7</td>",
        "<td>dog</td><td class=number>–</td><td class=number>0</td>",
    ]


def test_a_row_has_a_cell_for_each_heading():
    with pytest.raises(ValueError):
        Page("Scores").add_table(["class", "AP"], [["cat", 0.1, 3]])


def test_pictures_are_in_the_file(tmp_path):
    image = np.full((40, 60, 3), (200, 100, 50), np.uint8)
    page = Page("Pictures")
    page.add_pictures([(Picture(image), "one"), (Picture(image), "two")])
    page.save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    found = re.findall('src="data:image/jpeg;base64,([^"]*)" width="60"', text)
    assert len(found) == 2
    data = np.frombuffer(base64.b64decode(found[0]), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(decoded.astype(int) - image).max() <= 3


def test_nothing_is_loaded_and_nothing_runs():
    text = Page("Safe")._repr_html_()
    assert "default-src &#x27;none&#x27;" in text or (
        "default-src 'none'" in text
    )
    assert "http://" not in text and "https://" not in text
