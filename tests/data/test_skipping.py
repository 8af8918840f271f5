"""Other images in the places of damaged ones."""

import numpy as np
import pytest

from keras_solo.data import ImageError
from keras_solo.data.skipping import Source, make_readable, substitutes


def sources(*images):
    return [Source(image, (0, 0, image)) for image in images]


def maker(damaged):
    """Makes a list of images; images 0 to 4 are there."""

    def make(taken):
        found = []
        for image, _ in taken:
            if image in damaged:
                raise ImageError(f"{image}.png is damaged.")
            found.append(image)
        return found

    return make


def all_images():
    return np.arange(5)


def made(damaged, *images):
    return make_readable(maker(damaged), sources(*images), all_images)


def test_an_empty_batch():
    assert made({1}) == ([], [], {})


def test_without_damage_nothing_is_asked():
    def never():
        raise AssertionError

    found = make_readable(maker({4}), sources(2, 0), never)
    assert found == ([2, 0], [2, 0], {})


def test_another_image_takes_the_place():
    batch, images, skipped = made({1, 3}, 0, 1, 2, 3)
    assert batch == images
    assert images[0] == 0 and images[2] == 2
    assert not {1, 3} & set(images)
    assert skipped[1] == "1.png is damaged."
    assert set(skipped) == {1, 3}


def test_the_same_one_each_time():
    assert made({1}, 1, 0) == made({1}, 1, 0)
    # And whatever else is in the batch.
    assert made({1}, 1, 0).images[0] == made({1}, 2, 4, 1).images[2]


def test_each_of_the_others_is_tried():
    assert made({0, 1, 3, 4}, 1).images == [2]
    assert set(made({0, 1, 3, 4}, 1).skipped) >= {1}


def test_all_damaged_is_an_error():
    with pytest.raises(ImageError, match="5 images, all .*2.png is damaged"):
        made({0, 1, 2, 3, 4}, 2, 1)


def test_the_order_follows_from_the_seeds():
    def order(*seeds):
        others = list(substitutes(Source(3, seeds), np.arange(20)))
        assert sorted(other.image for other in others) == [
            image for image in range(20) if image != 3
        ]
        return others

    assert order(0, 0, 3) == order(0, 0, 3)
    assert order(0, 0, 3) != order(0, 1, 3)
    seeds = [other.seeds for other in order(0, 0, 3)]
    assert len(set(seeds)) == 19
    assert all(len(one) == 4 and one[3] > 0 for one in seeds)
