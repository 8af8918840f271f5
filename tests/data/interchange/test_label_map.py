"""One image of ids: who is on top, and what comes back."""

import cv2
import numpy as np
import pytest

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.data.interchange import label_map as m

ROW = np.array([[[1, 1, 1, 0]], [[0, 1, 1, 0]], [[0, 0, 1, 1]]], bool)


def compact(masks):
    return CompactMasks.from_dense(np.asarray(masks, bool))


def test_none():
    ids = m.label_map(compact(np.zeros((0, 2, 3))), np.zeros(0))
    assert ids.dtype == np.uint16 and ids.tolist() == [[0] * 3] * 2
    assert len(Instances(**m.label_map_fields(ids))) == 0


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.9, 0.5, 0.1], [1, 1, 1, 3]),
        ([0.1, 0.5, 0.9], [1, 2, 3, 3]),
        ([0.5, 0.5, 0.5], [1, 1, 1, 3]),
        ([0.1, 0.9, 0.9], [1, 2, 2, 3]),
    ],
)
def test_the_better_is_on_top(scores, expected):
    ids = m.label_map(compact(ROW), np.float32(scores))
    assert ids.tolist() == [expected]


def test_back_by_the_labels_of_ids():
    """The second is covered, and so are a label and a score."""
    given = Instances(ROW, [5, 6, 7], scores=[0.75, 0.5, 0.25])
    found = Instances.from_label_map(
        given.to_label_map(), given.labels, given.scores
    )
    assert found.labels.tolist() == [5, 7]
    assert found.scores.tolist() == [0.75, 0.25]
    np.testing.assert_array_equal(found.masks, [[[1, 1, 1, 0]], [[0, 0, 0, 1]]])
    with pytest.raises(ValueError, match="labels of the ids 1 to 3"):
        m.label_map_fields(given.to_label_map(), [5, 6])


@pytest.mark.parametrize("name", ["a.png", "a.TIF", "a.tiff"])
def test_files_of_16_bits(tmp_path, name):
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 400, (20, 30)).astype(np.uint16)
    m.write_ids(tmp_path / name, ids)
    stored = cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16 and (stored == ids).all()
    np.testing.assert_array_equal(m.read_ids(tmp_path / name), ids)
    found = Instances.from_label_map(tmp_path / name)
    assert len(found) == len(np.unique(ids[ids > 0]))
    # Without overlaps and gaps it comes back as it was.
    again = Instances.from_label_map(found.to_label_map())
    np.testing.assert_array_equal(again.masks, found.masks)


def test_more_than_16_bits(tmp_path, monkeypatch):
    assert np.iinfo(np.uint16).max == m.MOST_IDS == 65_535
    monkeypatch.setattr(m, "MOST_IDS", 2)
    ids = m.label_map(compact(ROW), np.arange(3))
    assert ids.dtype == np.uint32 and ids.tolist() == [[1, 2, 3, 3]]
    with pytest.raises(ValueError, match="at most 2 instances"):
        m.write_ids(tmp_path / "a.png", ids)
    assert not list(tmp_path.iterdir())
    assert m.label_map(compact(ROW[:2]), np.arange(2)).dtype == np.uint16


def test_other_files(tmp_path):
    with pytest.raises(ValueError, match=r"ends in .png, .tif, .tiff.*a.jpg"):
        m.write_ids(tmp_path / "a.jpg", np.zeros((1, 1), np.uint16))
    with pytest.raises(ImageError, match="b.png"):
        m.read_ids(tmp_path / "b.png")
    assert cv2.imwrite(str(tmp_path / "c.tif"), np.zeros((2, 2), np.float32))
    with pytest.raises(ImageError, match="8 or 16 bits"):
        m.read_ids(tmp_path / "c.tif")


@pytest.mark.parametrize(
    ("ids", "what"),
    [
        ([1, 2], r"shape \(2,\)"),
        ([[0.5]], "float64"),
        ([[-1]], "from -1"),
        ([[True]], "bool"),
        (np.zeros((0, 0)), "float64"),
    ],
)
def test_no_label_map(ids, what):
    with pytest.raises(ValueError, match=f"label map.*{what}"):
        m.label_map_fields(ids)
