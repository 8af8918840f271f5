from keras_solo.models.coco_classes import (
    COCO_CATEGORY_IDS,
    COCO_CLASS_NAMES,
    coco_category_ids,
)


def test_coco_classes():
    names = COCO_CLASS_NAMES
    assert len(set(names)) == 80
    assert names[0] == "person" and names[79] == "toothbrush"


def test_ids_have_ten_gaps():
    ids = COCO_CATEGORY_IDS
    assert len(set(ids)) == 80 and (min(ids), max(ids)) == (1, 90)
    names = dict(zip(COCO_CLASS_NAMES, ids, strict=True))
    assert names["stop sign"] == 13 and names["toothbrush"] == 90
    assert names["dining table"] == 67 and names["toilet"] == 70


def test_ids_follow_the_names():
    assert coco_category_ids(None) is coco_category_ids(()) is None
    assert coco_category_ids(COCO_CLASS_NAMES[:79]) is None
    assert coco_category_ids(("nut", *COCO_CLASS_NAMES[1:])) is None
    assert coco_category_ids(COCO_CLASS_NAMES) == COCO_CATEGORY_IDS
    assert coco_category_ids(COCO_CLASS_NAMES[::-1])[0] == 90
