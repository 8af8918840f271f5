"""Copies look alike, re-encoded and smaller; other pictures do not."""

import cv2
import numpy as np
import pytest

from keras_solo.data.image_hash import (
    distance,
    first_alike,
    image_hash,
    look_alike,
)
from tests.data.squares import picture


def photo(seed, size=(96, 128)):
    """Smooth shades, edges and grain, as in photos."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (6, 8, 3)).astype(np.float32)
    image = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        x, y, side = rng.integers(0, 80, 3).tolist()
        color = rng.integers(0, 255, 3).tolist()
        cv2.rectangle(image, (x, y), (x + side, y + side), color, -1)
    image += rng.normal(0, 4, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def jpeg(image, quality):
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def half(image, interpolation=cv2.INTER_AREA):
    sides = image.shape[1] // 2, image.shape[0] // 2
    return cv2.resize(image, sides, interpolation=interpolation)


def test_nothing():
    assert first_alike([]) == {}
    assert first_alike([], [image_hash(photo(1))]) == {}
    assert first_alike([image_hash(photo(1))], []) == {}
    assert first_alike([None, image_hash(photo(1))]) == {}


def test_a_hash_by_hand():
    """Left black, right white: frequencies of one row, odd ones alone."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, 16:] = 255
    found = image_hash(image)
    low = cv2.dct(found.small.astype(np.float32))[:8, :8]
    bits = np.unpackbits(found.bits).reshape(8, 8)
    median = np.median(low.ravel()[1:])
    assert not bits[0, 0]
    # Cosines fall from left to right: 1, 5 below the median, 3, 7 above.
    assert low[0, 1] < median < low[0, 3]
    assert bits[0, [1, 3, 5, 7]].tolist() == [0, 1, 0, 1]
    assert found.small.tolist() == image[..., 0].tolist()
    assert found.contrast == 127.5


def test_distance():
    one, other = image_hash(photo(1)), image_hash(photo(2))
    assert distance(one, one) == 0
    by_hand = sum(int(a).bit_count() for a in (one.bits ^ other.bits).tolist())
    assert distance(one, other) == by_hand > 12


@pytest.mark.parametrize("seed", range(8))
def test_copies(seed):
    image = photo(seed)
    copies = (
        jpeg(image, 60),
        half(image),
        half(image, cv2.INTER_LINEAR),
        jpeg(half(image), 60),
        cv2.resize(image, (640, 480)),
    )
    original = image_hash(image)
    for copy in copies:
        assert look_alike(original, image_hash(copy))


def test_other_pictures():
    hashes = [image_hash(photo(seed)) for seed in range(60)]
    hashes += [image_hash(picture(seed)) for seed in range(60)]
    assert first_alike(hashes) == {}


def test_dark_pictures_with_little_in_them():
    """As under a microscope: noise of JPEG is not much less than content."""
    hashes, copies = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        image = np.full((128, 128, 3), 8, np.uint8)
        for x, y in rng.integers(10, 118, (25, 2)).tolist():
            cv2.circle(image, (x, y), 6, (25, 25, 25), -1)
        hashes.append(image_hash(image))
        copies.append(image_hash(jpeg(image, 60)))
    assert max(one.contrast for one in hashes) < 6
    assert first_alike(hashes) == {}
    assert first_alike(copies, hashes) == {n: n for n in range(20)}


@pytest.mark.parametrize("shade", [0, 90, 255])
def test_blank_images_are_like_no_other(shade):
    image = np.full((48, 64, 3), shade, np.uint8)
    image[::2, ::3] ^= 1
    found = image_hash(image)
    assert found.is_blank and not look_alike(found, found)
    assert first_alike([found, found]) == {}
    assert not image_hash(photo(1)).is_blank


def test_the_first_of_several_copies():
    one, other = image_hash(photo(1)), image_hash(photo(2))
    assert first_alike([one, other, None, one, one]) == {3: 0, 4: 0}
    assert first_alike([other, one], [one, one]) == {1: 0}


def test_more_images_than_are_compared_at_once():
    hashes = [image_hash(photo(seed, (24, 32))) for seed in range(70)]
    assert first_alike([*hashes, hashes[69], hashes[0]]) == {70: 69, 71: 0}


def test_same_bits_are_not_enough():
    """A picture and the same with more contrast in a corner."""
    image = photo(5)
    one = image_hash(image)
    other = type(one)(one.bits, image_hash(photo(6)).small, one.contrast)
    assert distance(one, other) == 0 and not look_alike(one, other)
