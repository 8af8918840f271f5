import numpy as np

from keras_solo.data.image_looks import looks
from keras_solo.data.seen_splits import SeenSplits, Split
from tests.data.squares import Squares, record, square


def seen(**splits):
    datasets = {name: Squares(*records) for name, records in splits.items()}
    return SeenSplits(
        [Split(name, one, list(looks(one))) for name, one in datasets.items()]
    )


def test_nothing():
    nothing = seen(train=[])
    assert nothing.class_counts() == {"train": [0, 0]}
    assert nothing.of_objects("collision", np.zeros(0, bool)).count == 0
    assert nothing.of_images("crowd", {}).examples == ()


def three_images():
    """Three objects in the first, none in the second, two in the third."""
    return seen(
        train=[
            record(
                1, *(square(n, n, 3, annotation_id=10 + n) for n in range(3))
            ),
            record(2),
        ],
        val=[record(3, square(0, 0, 4, 1), square(9, 9, 4, 1))],
    )


def test_images_are_counted_through():
    found = three_images()
    assert [found.record(n).image_id for n in range(3)] == [1, 2, 3]
    assert [found.split(n) for n in range(3)] == ["train", "train", "val"]
    assert found.class_counts() == {"train": [3, 0], "val": [0, 2]}
    assert found.class_names == ("cat", "dog")


def test_of_images():
    found = three_images().of_images("crowd", {0: "x", 2: "y"}, {0: 3, 2: 1})
    assert found.counts == {"train": 3, "val": 1}
    assert [one.text for one in found.examples] == ["x", "y"]


def test_of_copies():
    found = three_images().of_images(
        "duplicate_between_splits", {2: "like"}, others={2: 1}
    )
    assert found.counts == {"val": 1}
    assert found.examples[0].other.image_id == 2


def test_of_objects():
    chosen = np.array([False, True, True, False, True])
    found = three_images().of_objects("hidden_object", chosen)
    assert found.counts == {"train": 2, "val": 1}
    first, second = found.examples
    assert (first.objects, first.annotation_ids) == ((1, 2), (11, 12))
    assert first.text == "2 objects" and first.image == "1.png"
    assert (second.objects, second.text) == ((1,), "dog")


def test_examples_are_few():
    many = seen(train=[record(n, square(0, 0, 5)) for n in range(9)])
    found = many.of_objects("tiny_object", np.ones(9, bool))
    assert found.count == 9 and len(found.examples) == 5
