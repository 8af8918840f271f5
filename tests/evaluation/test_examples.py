"""Images to look at."""

import dataclasses

import numpy as np
import pytest

from keras_solo.data import ImageError, Record, ShapesDataset
from keras_solo.data.masks import decode_rle
from keras_solo.evaluation import confusion
from keras_solo.evaluation.checked_results import checked_results
from keras_solo.evaluation.examples import (
    GREY,
    LONG_SIDE,
    chosen_examples,
    photos_of,
)
from keras_solo.evaluation.ground_truth import checked_truth
from keras_solo.visualization.sheet import GAP
from tests.strips import found, truth


def examples(content, results):
    known = checked_truth(content)
    compact, places = checked_results(results, known)
    return chosen_examples(known, compact, places, confusion(results, content))


def test_nothing_wrong():
    assert examples(truth(), []) == ()
    assert examples(truth([(0, 9, 3)]), found((1, 0, 9, 3, 0.9))) == ()


def test_the_worst_images_of_each_kind():
    missed = [[(0, 5, 3)] * n for n in (1, 4, 2, 3)]
    chosen = examples(truth(*missed), found((1, 20, 30, 9, 0.9)))
    assert [(item.kind, item.image_id, item.count) for item in chosen] == [
        ("missed", 2, 4),
        ("missed", 4, 3),
        ("missed", 3, 2),
        ("background", 1, 1),
    ]
    last = chosen[-1]
    assert last.size == (1, 40) and last.class_names == ("cat", "dog")
    assert last.truth.labels.tolist() == [0]
    assert last.truth.scores is None
    assert last.found.labels.tolist() == [1]
    assert last.found.scores.tolist() == [0.9]
    assert decode_rle(last.found.masks[0])[0, 19:31].sum() == 10


@pytest.mark.parametrize("size", [(30, 60), (1200, 900)])
def test_pictures_have_one_size_and_two_halves(size):
    shapes = ShapesDataset(num_images=1, original_size=(64, 64))
    content = shapes.to_coco()
    (example, *_) = examples(content, [])
    assert example.kind == "missed"
    height, width = size
    factor = LONG_SIDE / max(size)
    mask = {"size": list(size), "counts": [0, height * width]}
    mask = checked_truth(
        {
            "images": [{"id": 1, "height": height, "width": width}],
            "categories": [{"id": 1}],
            "annotations": [
                {"image_id": 1, "category_id": 1, "segmentation": mask}
            ],
        }
    )
    example = dataclasses.replace(
        example,
        size=size,
        truth=dataclasses.replace(
            example.truth,
            masks=({"size": list(size), "counts": mask.objects[1][0].counts},),
            labels=example.truth.labels[:1],
            kinds=example.truth.kinds[:1],
        ),
    )
    picture = example.plot()
    half = round(height * factor), round(width * factor)
    assert picture.size == (half[0] + 2 * GAP, 2 * half[1] + 3 * GAP)
    # The object is the whole left half; nothing is in the right one.
    left = picture.array[half[0] - 5, GAP + 9]
    right = picture.array[half[0] - 5, -GAP - 9]
    assert right.tolist() == [GREY] * 3 and left.tolist() != [GREY] * 3
    photo = np.full((*size, 3), 200, np.uint8)
    assert (
        example.plot(photo).array[half[0] - 5, -GAP - 9].tolist() == [200] * 3
    )


# === Photos ===


def test_photos_of_a_dataset():
    shapes = ShapesDataset(num_images=3)
    photos, problem = photos_of(shapes, {shapes[1].image_id})
    assert problem == "" and list(photos) == [shapes[1].image_id]
    (photo,) = photos.values()
    assert (photo.image == shapes[1].image).all()


def test_no_dataset_and_no_files():
    none = "There are no image files: masks are drawn on grey."
    assert photos_of(None, {1}) == ({}, none)
    photos, problem = photos_of([Record(1, (5, 5), file_name="a.png")], {1})
    assert problem == none and photos[1].file_name == "a.png"


def test_damaged_files(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"nothing")
    records = [Record(n, (5, 5), image_path=path) for n in (1, 2)]
    with pytest.raises(ImageError):
        records[0].load_image()
    photos, problem = photos_of(records, {1, 2})
    assert photos[2].image is None
    assert (
        problem.startswith("2 images could not be read") and "a.png" in problem
    )
