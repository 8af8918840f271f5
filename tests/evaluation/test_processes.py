import json

import numpy as np
import pytest

from keras_solo.evaluation import processes
from keras_solo.evaluation.processes import of_all_processes
from keras_solo.evaluation.results import CompactResults

MASK = {"size": [2, 2], "counts": "04"}


def results(*image_ids):
    compact = CompactResults()
    compact.extend(
        {
            "image_id": image_id,
            "category_id": 7,
            "segmentation": MASK,
            "bbox": [0.0, 0.0, 2.0, 2.0],
            "score": 0.5,
        }
        for image_id in image_ids
    )
    return compact


@pytest.fixture
def others(monkeypatch):
    """Two processes; the second says what stands in this list."""
    said, heard = [], []

    def gathered(content, model):
        heard.append(json.loads(content))
        return [content, json.dumps(said[0]).encode()]

    monkeypatch.setattr(processes, "process_count", lambda model: 2)
    monkeypatch.setattr(processes, "gathered", gathered)
    return said, heard


def test_one_process(make_model):
    found = of_all_processes(make_model(), (0, 1), lambda part: results())
    assert list(found) == []
    found = of_all_processes(make_model(), (0, 1), lambda part: results(3, "a"))
    assert list(found) == list(results(3, "a"))


def test_everything_here():
    """No word to others, and no copy."""
    found = results(3)
    parts = []
    assert of_all_processes(None, None, lambda p: parts.append(p) or found) is (
        found
    )
    assert parts == [(0, 1)]


def test_there_is_no_other_process(make_model):
    with pytest.raises(ValueError, match=r"\(index, 1\), since 1 process "):
        of_all_processes(make_model(), (0, 2), lambda part: results())


def test_two_processes(others):
    others[0].append({"index": 1, "results": list(results(4))})
    found = of_all_processes(None, (0, 2), lambda part: results(3, 5))
    assert [one["image_id"] for one in found] == [3, 5, 4]
    assert found[2] == results(4)[0]


def test_ids_that_are_numbers_of_numpy(others):
    others[0].append({"index": 1, "results": []})
    found = of_all_processes(None, (0, 2), lambda part: results(np.int64(3)))
    assert list(found) == list(results(3))


def test_the_same_index_twice(others):
    others[0].append({"index": 0, "results": []})
    with pytest.raises(ValueError, match=r"different indices.*\[0, 0\]"):
        of_all_processes(None, (0, 2), lambda part: results())


def test_another_one_failed(others):
    others[0].append({"index": 1, "error": "ImageError: b.png is no image."})
    with pytest.raises(RuntimeError, match="Process 1 of 2 .*b.png is no"):
        of_all_processes(None, (0, 2), lambda part: results())


def test_this_one_failed(others):
    """The others are told before it stops."""

    def find(part):
        assert part == (0, 2)
        raise OSError("a.png is gone")

    others[0].append({"index": 1, "results": []})
    with pytest.raises(OSError, match="a.png is gone"):
        of_all_processes(None, (0, 2), find)
    assert others[1] == [{"index": 0, "error": "OSError: a.png is gone"}]
