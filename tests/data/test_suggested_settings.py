"""Few objects keep the reference's levels; many small ones get finer grids."""

import json

import numpy as np
import pytest

from keras_solo.data.object_table import ObjectTable
from keras_solo.data.suggested_settings import (
    GRID_SIZES,
    SuggestedSettings,
    suggest,
)
from keras_solo.geometry import Levels
from tests.data.squares import Squares, record, square


def table(*records):
    return ObjectTable.of(records)


def dense(count=20, step=10, side=6):
    """Squares side by side, `count` in a row and in a column."""
    places = [step * n + 1 for n in range(count)]
    objects = [square(x, y, side) for x in places for y in places]
    return record(1, *objects, size=(count * step, count * step))


def test_no_images():
    found = suggest(table())
    assert found.image_size == (800, 800)
    assert found.levels == Levels.for_canvas((800, 800))
    assert (found.most_objects, found.max_detections) == (0, 100)


def test_no_objects():
    found = suggest(table(record(1)))
    assert found.image_size == (256, 256) and found.default == found.proposed


def test_few_objects_keep_the_levels_of_the_canvas():
    found = suggest(table(record(1, square(8, 8, 30), square(40, 40, 20))))
    assert found.levels == Levels.for_canvas(found.image_size)


def test_many_small_objects_get_finer_grids():
    """2500 squares, one every 5 pixels; of 40 cells a side each has 6.4."""
    found = suggest(table(dense(count=50, step=5, side=3)), (256, 256))
    assert found.default.hidden == 2500 - 40 * 40
    assert found.proposed.hidden < found.default.hidden / 10
    assert found.levels.num_cells <= 12_352


def test_the_first_grids_that_are_enough_are_taken():
    found = suggest(table(dense()))
    cells = [Levels.for_canvas((256, 256), one).num_cells for one in GRID_SIZES]
    assert cells == [3872, 5760, 8256, 12_352]
    lost = found.proposed.hidden + found.proposed.unassigned
    assert lost <= 0.01 * 400 and found.levels.num_cells == 3872


def test_it_is_the_same_each_time():
    assert suggest(table(dense())) == suggest(table(dense()))


def test_max_detections_has_room_for_the_most_objects():
    found = suggest(table(dense(), record(2, square(0, 0, 9))))
    assert (found.most_objects, found.max_detections) == (400, 400)
    assert found.max_candidates == 2000


@pytest.mark.parametrize(
    ("side", "canvas"), [(4, 512), (8, 512), (12, 384), (16, 256), (60, 256)]
)
def test_the_smallest_canvas_on_which_few_objects_are_small(side, canvas):
    """In images of 256 pixels: 16 or more on the canvas, or twice as large."""
    found = suggest(table(record(1, square(9, 9, side), size=(256, 256))))
    assert found.image_size == (canvas, canvas)
    assert found.small_objects == (16 * 16 > (side * canvas / 256) ** 2)


def test_no_canvas_is_larger_than_the_reference_s():
    found = suggest(table(record(1, square(9, 9, 9), size=(2000, 3000))))
    assert found.image_size == (800, 1216)


def test_a_canvas_that_is_known_is_kept():
    found = suggest(table(record(1, square(9, 9, 4))), (320, 448))
    assert found.image_size == (320, 448)


def test_at_the_scale_of_crops_and_tiles():
    """20 x 20 squares, one every 10 pixels; a tile has 12.8 x 12.8 of them."""
    found = suggest(table(dense()), (256, 256), pixel_scale=2.0)
    assert found.image_size == (256, 256) and found.small_objects == 400
    assert found.most_objects == 169 and found.max_detections == 200
    found = suggest(table(dense()), pixel_scale=2.0)
    assert found.image_size == (416, 416) and found.most_objects == 400
    huge = table(record(1, square(9, 9, 9), size=(2000, 3000)))
    assert suggest(huge, pixel_scale=1.0).image_size == (800, 1216)
    assert suggest(table(), pixel_scale=1.0).image_size == (800, 800)


def test_it_prints_both():
    lines = str(suggest(table(dense(count=36, step=6, side=4)))).splitlines()
    assert lines[0].startswith("1296 objects in 1 image on a canvas of")
    assert lines[2].split() == ["default", "proposed"]
    assert lines[4].split()[:2] == ["cells", "3872"]
    assert max(map(len, lines)) < 80


def test_it_is_json():
    found = suggest(table(dense()))
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["grid_sizes"] == [40, 36, 24, 16, 12]
    assert content["ranges"][-1][1] == "inf"
    assert content["lost"] <= content["lost_by_default"]


def test_datasets_have_it():
    found = Squares(record(1, square(8, 8, 30)), record(2)).suggest_settings()
    assert isinstance(found, SuggestedSettings)
    assert found.default.num_images == 2
    five = Squares(*[record(n) for n in range(5)])
    assert five.suggest_settings(max_images=2).default.num_images == 2
    large = Squares(record(1, *(square(8 * n, 8, 6) for n in range(8))))
    tiles = large.suggest_settings((32, 32), pixel_scale=1.0)
    assert tiles.most_objects == 4
    report = large.suggest_levels(
        (32, 32), pixel_scale=1.0, grid_sizes=(8,) * 5
    )
    assert report.num_objects == 8 and report.hidden == 0


def test_ranges_by_the_sizes_of_objects():
    """Where they hide fewer: half of the objects are on the finest level."""
    rng = np.random.default_rng(0)
    objects = [
        square(*rng.uniform(0, 220, 2), rng.uniform(6, 30)) for _ in range(600)
    ]
    found = suggest(table(record(1, *objects, size=(256, 256))), (256, 256))
    sizes = sorted(item.bbox[2] - item.bbox[0] for item in objects)
    ends = [high for _, high in found.levels.ranges]
    assert ends[:2] == [np.ceil(sizes[300]), 2 * np.ceil(sizes[300])]
    usual = Levels.for_canvas((256, 256)).max_levels_per_object
    assert found.levels.max_levels_per_object == usual
