import copy
import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import (
    AnnotationError,
    CocoDataset,
    ImageError,
    Instances,
)
from keras_solo.data.formats import coco
from keras_solo.data.masks import encode_mask

POLYGON = [1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]
SIZE = (8, 10)
BLOB = np.zeros(SIZE, np.uint8)
BLOB[2:5, 3:7] = 1


def annotation(id_=1, **changes):
    entry = {
        "id": id_,
        "image_id": 7,
        "category_id": 18,
        "bbox": [1, 1, 4, 3],
        "area": 12.0,
        "iscrowd": 0,
        "segmentation": [POLYGON],
    }
    return {**entry, **changes}


def content(*annotations):
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "height": 8, "width": 10},
            {"id": 3, "file_name": "b.png", "height": 8, "width": 10},
        ],
        "annotations": list(annotations),
        "categories": [
            {"id": 90, "name": "toothbrush"},
            {"id": 2, "name": "bicycle"},
            {"id": 18, "name": "dog"},
        ],
    }


@pytest.fixture
def make(tmp_path):
    """Writes a file and two images; returns the dataset."""

    def make(data, **options):
        for name in ("a.png", "b.png"):
            image = np.full((*SIZE, 3), 50, np.uint8)
            cv2.imwrite(str(tmp_path / name), image)
        path = tmp_path / "instances.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return CocoDataset(path, tmp_path, **options)

    return make


# === What is read ===


def test_no_images_and_no_categories(make):
    dataset = make({"images": [], "annotations": [], "categories": []})
    assert len(dataset) == 0
    assert dataset.class_names == ()


def test_images_without_annotations_are_kept(make):
    dataset = make(content())
    assert [record.image_id for record in dataset] == [7, 3]
    assert dataset[0].objects == ()
    assert dataset[1].load_image().shape == (8, 10, 3)


def test_category_ids_with_holes_become_labels_in_their_order(make):
    dataset = make(content(annotation()))
    assert dataset.class_names == ("bicycle", "dog", "toothbrush")
    assert dataset.category_ids == (2, 18, 90)
    assert dataset[0].objects[0].label == 1
    assert dataset.to_coco()["annotations"][0]["category_id"] == 18


def test_an_annotation(make):
    (item,) = make(content(annotation(id_=44)))[0].objects
    assert item.bbox == (1, 1, 5, 4)
    assert item.area == 12
    assert item.annotation_id == 44
    assert not item.is_crowd


def test_polygons_of_many_parts(make):
    other = [7, 6, 9, 6, 9, 8, 7, 8]
    dataset = make(content(annotation(segmentation=[POLYGON, other])))
    expected = np.zeros(SIZE, np.uint8)
    expected[1:4, 1:5] = 1
    expected[6:8, 7:9] = 1
    np.testing.assert_array_equal(dataset[0].full_masks()[0], expected)


@pytest.mark.parametrize("compressed", [True, False])
def test_run_lengths(make, compressed):
    counts = encode_mask(BLOB)["counts"]
    if not compressed:
        flat = BLOB.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff([0, *edges, flat.size]).tolist()
    rle = {"size": list(SIZE), "counts": counts}
    dataset = make(content(annotation(segmentation=rle, iscrowd=0)))
    np.testing.assert_array_equal(dataset[0].full_masks()[0], BLOB)
    again = dataset.to_coco()["annotations"][0]["segmentation"]
    assert again == rle


def test_crowds_are_kept_apart(make):
    rle = encode_mask(BLOB)
    dataset = make(
        content(annotation(1), annotation(2, segmentation=rle, iscrowd=1))
    )
    assert [item.is_crowd for item in dataset[0].objects] == [False, True]
    assert len(dataset[0].full_masks()) == 1
    assert dataset.to_coco()["annotations"][1]["iscrowd"] == 1


def test_what_is_partly_outside_is_clipped(make):
    polygon = [-3, -2, 4, -2, 4, 5, -3, 5]
    dataset = make(
        content(annotation(bbox=[-3, -2, 7, 7.0], segmentation=[polygon]))
    )
    assert dataset[0].objects[0].bbox == (0, 0, 4, 5)
    assert dataset[0].full_masks().sum() == 20


def test_twenty_image_sides_away_is_near_enough(make):
    polygon = [0, 0, 10, 0, 10, 168, 0, 168]
    dataset = make(content(annotation(segmentation=[polygon])))
    assert dataset[0].full_masks().sum() == 80


def test_box_and_area_may_be_missing(make):
    raw = annotation()
    del raw["bbox"], raw["area"], raw["iscrowd"]
    (item,) = make(content(raw))[0].objects
    assert item.bbox == (1, 1, 5, 4)
    assert item.area == 12


def test_the_extent_of_run_lengths_is_pycocotools(make):
    rng = np.random.default_rng(0)
    for share in (0.02, 0.3, 0.99):
        mask = (rng.random(SIZE) < share).astype(np.uint8)
        mask[3, 4] = 1
        raw = annotation(segmentation=encode_mask(mask))
        del raw["bbox"], raw["area"]
        (item,) = make(content(raw))[0].objects
        x, y, width, height = coco_mask.toBbox(encode_mask(mask))
        assert item.bbox == (x, y, x + width, y + height)
        assert item.area == mask.sum()


def test_class_names_choose_and_order_labels(make):
    dataset = make(
        content(annotation(1), annotation(2, category_id=2)),
        class_names=["toothbrush", "dog"],
    )
    assert dataset.category_ids == (90, 18)
    assert [item.label for item in dataset[0].objects] == [1]


def test_a_class_that_the_file_lacks_gets_a_free_id(make):
    with pytest.warns(UserWarning, match="no category named cat"):
        dataset = make(content(annotation()), class_names=["cat", "dog"])
    assert dataset.category_ids == (91, 18)
    with pytest.raises(ValueError, match="differ from one another"):
        make(content(), class_names=["dog", "dog"])


# === What is wrong ===

NAN, INF = float("nan"), float("inf")
WRONG = {
    "nan in a polygon": (
        {"segmentation": [[1, 1, 5, NAN, 5, 4]]},
        "polygon 0 has NaN or infinite",
    ),
    "infinity in a polygon": (
        {"segmentation": [POLYGON, [1, 1, 5, INF, 5, 4]]},
        "polygon 1 has NaN or infinite",
    ),
    "far away": (
        {"segmentation": [[1, 1, 1e9, 1, 5, 4]]},
        "polygon 0, from 1 to 1e.*, is farther than 20 .* 8 x 10",
    ),
    "far below": (
        {"segmentation": [[1, 1, 5, 1, 5, 169]]},
        "polygon 0, from 1 to 169, is farther than 20 image sides",
    ),
    "text in a polygon": (
        {"segmentation": [[1, 1, 5, "four", 5, 4]]},
        "polygon 0 holds something that is no number",
    ),
    "lists in a polygon": (
        {"segmentation": [[[1, 1], [5, 1], [5, 4], [1, 4], [1, 2], [1, 1]]]},
        "polygon 0 holds something that is no number",
    ),
    "two points": (
        {"segmentation": [[1, 1, 5, 4]]},
        "at least three points .* received 4 numbers",
    ),
    "odd polygon": (
        {"segmentation": [[1, 1, 5, 4, 3, 2, 1]]},
        "an even count.* received 7 numbers",
    ),
    "flat polygon": (
        {"segmentation": POLYGON},
        "polygon 0 needs at least three points .* received 1.0",
    ),
    "no segmentation": ({"segmentation": None}, "it has no segmentation"),
    "empty segmentation": ({"segmentation": []}, "it has no segmentation"),
    "text": ({"segmentation": "abc"}, "expected polygons or run lengths"),
    "unknown category": (
        {"category_id": 3},
        "category_id 3 is unknown",
    ),
    "unknown image": ({"image_id": 8}, "image_id 8 is unknown"),
    "list as an id": ({"image_id": [7]}, r"image_id \[7\] is unknown"),
    "wrong run length size": (
        {"segmentation": {"size": [10, 8], "counts": [80]}},
        r"size \[10, 8\], its image has \[8, 10\]",
    ),
    "short run lengths": (
        {"segmentation": {"size": [8, 10], "counts": [40, 39]}},
        "add up to 80, the pixels of 8 x 10 .* Received: 79",
    ),
    "negative run lengths": (
        {"segmentation": {"size": [8, 10], "counts": [90, -10]}},
        "run lengths from 0 to 4294967295",
    ),
    "no run lengths": (
        {"segmentation": {"size": [8, 10], "counts": ""}},
        "add up to 80.* Received: 0",
    ),
    "no counts": (
        {"segmentation": {"size": [8, 10]}},
        "expected run lengths as a list or as text, received None",
    ),
    "garbage run lengths": (
        {"segmentation": {"size": [8, 10], "counts": "PPP"}},
        "run lengths cannot be read",
    ),
    "empty mask": (
        {"segmentation": {"size": [8, 10], "counts": [80]}},
        "an empty mask",
    ),
    "no width": ({"bbox": [1, 1, 0, 3]}, "no width or no height"),
    "no height": ({"bbox": [1, 1, 4, 0.0]}, "no width or no height"),
    "short box": ({"bbox": [1, 1, 4]}, "bbox of four numbers"),
    "nan box": ({"bbox": [1, NAN, 4, 3]}, "NaN or infinite"),
    "no area": ({"area": 0}, "its area is 0; expected a positive"),
    "nan area": ({"area": NAN}, "its area is nan"),
    "text area": ({"area": "big"}, "its area is 'big'"),
    "polygon outside": (
        {"segmentation": [[11, 1, 15, 1, 15, 4]], "bbox": [11, 1, 4, 3]},
        "polygons are outside the image of 8 x 10",
    ),
    "box outside": ({"bbox": [1, -9, 4, 3]}, "box .* is outside the image"),
    "same id": ({"id": 1}, "another annotation has the same id"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_error_names_file_annotation_and_reason(make, case):
    changes, reason = WRONG[case]
    bad = annotation(**{"id": 55, **changes})
    data = content(annotation(1), bad)
    with pytest.raises(AnnotationError, match=reason) as caught:
        make(data)
    message = str(caught.value)
    assert "instances.json: annotation" in message
    assert repr(bad["id"]) in message
    assert 'on_error="skip"' in message


@pytest.mark.parametrize("case", WRONG)
def test_or_it_is_skipped_and_counted(make, case):
    changes, _ = WRONG[case]
    data = content(annotation(1), annotation(**{"id": 55, **changes}))
    with pytest.warns(UserWarning, match="left out 1 ann") as caught:
        dataset = make(data, on_error="skip")
    assert len(caught) == 1
    assert len(dataset.skipped) == 1
    assert len(dataset[0].objects) == 1


def test_an_annotation_that_is_no_object(make):
    with pytest.raises(AnnotationError, match="annotation 0: expected an obj"):
        make(content("oops"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "not valid JSON: .* line 1"),
        ('{"images": [', "not valid JSON"),
        ("[]", "not a COCO instances file"),
        ({"images": [], "annotations": []}, '"categories" is missing'),
        ({**content(), "images": {}}, '"images" is not a list'),
        ({**content(), "categories": [{"id": 1}]}, "expected categories"),
        (
            {**content(), "categories": [{"id": 1, "name": "a"}] * 2},
            "share an id or a name",
        ),
    ],
)
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_files_that_are_not_coco(make, data, reason, on_error):
    with pytest.raises(AnnotationError, match=rf"instances\.json: .*{reason}"):
        make(data, on_error=on_error)


def test_a_missing_annotation_file(tmp_path):
    with pytest.raises(AnnotationError, match=r"none\.json: cannot be read"):
        CocoDataset(tmp_path / "none.json", tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"file_name": "c.png"}, r"image 3: there is no file .*c\.png"),
        ({"file_name": None}, 'image 3: it has no "file_name"'),
        ({"height": 0}, "image 3: expected a positive height and width"),
        ({"width": NAN}, "image 3: expected a positive height and width"),
        ({"id": 7}, "image 7: another image has the same id"),
        ({"id": None}, "image number 1: it has no id"),
    ],
)
def test_wrong_images(make, change, reason):
    data = content(annotation())
    data["images"][1].update(change)
    with pytest.raises(AnnotationError, match=reason):
        make(copy.deepcopy(data))
    with pytest.warns(UserWarning, match="left out 1"):
        dataset = make(data, on_error="skip")
    assert [record.image_id for record in dataset] == [7]


def test_annotations_of_an_image_that_was_left_out(make):
    data = content(annotation())
    data["images"][0]["file_name"] = "c.png"
    with pytest.warns(UserWarning, match="left out 2"):
        dataset = make(data, on_error="skip")
    assert "or that image was left out" in dataset.skipped[1]


def test_an_image_of_another_size_than_annotated(make, tmp_path):
    data = content()
    data["images"][0]["height"] = 9
    dataset = make(data)
    with pytest.raises(ImageError, match=r"a\.png: the file is 8 x 10 .* 9 x"):
        dataset[0].load_image()


# === What is written ===


def test_nothing_to_write():
    assert coco.ground_truth([], [], []) == {
        "info": {},
        "images": [],
        "annotations": [],
        "categories": [],
    }
    assert coco.results_content([], [], ["cat"], [7]) == {
        "images": [],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [],
    }


def test_what_was_read_is_written_again(make, tmp_path):
    data = content(annotation(1), annotation(2, segmentation=encode_mask(BLOB)))
    dataset = make(data)
    written = dataset.to_coco()
    assert written["annotations"] == data["annotations"]
    assert written["images"] == data["images"]
    assert written["categories"] == [
        {"id": 2, "name": "bicycle"},
        {"id": 18, "name": "dog"},
        {"id": 90, "name": "toothbrush"},
    ]
    path = tmp_path / "again.json"
    coco.write_file(path, written)
    records, categories = coco.read(path, tmp_path)
    assert categories == {2: "bicycle", 18: "dog", 90: "toothbrush"}
    assert [len(record.objects) for record in records] == [2, 0]


def test_results_in_one_file():
    """Ids counted from 1, areas of the masks, nothing for empty masks."""
    masks = np.zeros((3, *SIZE), bool)
    masks[0, 2:5, 3:7] = masks[2, 0, 0] = True
    found = Instances(masks, labels=[1, 0, 0], scores=[0.5, 0.25, 1.0])
    results = coco.results_content(
        [{"id": 4, "file_name": "a.png", "height": 8, "width": 10}],
        found.to_coco(4, category_ids=[7, 9]),
        ["cat", "dog"],
        [7, 9],
    )
    json.dumps(results)
    assert results["images"][0]["file_name"] == "a.png"
    assert [c["id"] for c in results["categories"]] == [7, 9]
    assert [
        (a["id"], a["category_id"], a["area"], a["score"], a["iscrowd"])
        for a in results["annotations"]
    ] == [(1, 9, 12, 0.5, 0), (2, 7, 1, 1.0, 0)]


def test_read_tells_what_is_wrong(make, tmp_path):
    make(content())
    path = tmp_path / "some.json"
    bad = annotation(2, area=0)
    path.write_text(json.dumps(content(annotation(1), bad)))
    with pytest.raises(AnnotationError, match=r"some\.json: annotation 2: its"):
        coco.read(path, tmp_path)
    said = []
    records, _ = coco.read(path, tmp_path, report=said.append)
    assert len(records[0].objects) == 1
    assert len(said) == 1
